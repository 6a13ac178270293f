/** Names of codes, dates and amounts as people read them. */

import { ElMessage } from 'element-plus'
import { Failure } from './api'

export const ROLE_NAMES: Record<string, string> = {
  agent: '坐席',
  supervisor: '班长',
  editor: '知识编辑',
  reviewer: '审核员',
  operator: '运营',
  admin: '管理员',
  leader: '领导',
}

export const STATE_NAMES: Record<string, string> = {
  draft: '草稿',
  review: '待审核',
  published: '已发布',
  superseded: '已被替代',
  withdrawn: '已撤回',
}

export const STATE_TYPES: Record<string, 'primary' | 'success' | 'info' | 'warning' | 'danger'> = {
  draft: 'info',
  review: 'warning',
  published: 'success',
  superseded: 'info',
  withdrawn: 'danger',
}

export const REGION_NAMES: Record<string, string> = {
  '000000': '全国',
  '330000': '浙江省',
  '330100': '杭州市',
  '330200': '宁波市',
  '330300': '温州市',
  '330400': '嘉兴市',
  '330500': '湖州市',
  '330600': '绍兴市',
  '330700': '金华市',
  '330800': '衢州市',
  '330900': '舟山市',
  '331000': '台州市',
  '331100': '丽水市',
}

export function roleNames(roles: string[]): string {
  return roles.map((role) => ROLE_NAMES[role] ?? role).join('、')
}

export function regionNames(regions: string[]): string {
  return regions.map((code) => REGION_NAMES[code] ?? code).join('、')
}

const MINUTE = new Intl.DateTimeFormat('zh-CN', {
  year: 'numeric',
  month: '2-digit',
  day: '2-digit',
  hour: '2-digit',
  minute: '2-digit',
  hour12: false,
  timeZone: 'Asia/Shanghai',
})

/** `2026-11-22 10:05` in China's time, or nothing. */
export function moment(at: string | null | undefined): string {
  if (!at) return ''
  const date = new Date(at)
  return Number.isNaN(date.getTime()) ? at : MINUTE.format(date).replaceAll('/', '-')
}

/** From when until when, both ends included. */
export function days(from: string | null | undefined, until: string | null | undefined): string {
  if (!from && !until) return '长期'
  if (!until) return `${from} 起`
  return from ? `${from} 至 ${until}` : `至 ${until}`
}

export function percent(share: number): string {
  return `${(share * 100).toFixed(share < 0.1 ? 1 : 0)} %`
}

export function told(text: string): void {
  ElMessage({ message: text, type: 'success', grouping: true })
}

/** Say what went wrong; what the server said is meant for people. The log-in page says itself that a session ended. */
export function failed(error: unknown): void {
  if (error instanceof Failure && error.code === 'no_session') return
  ElMessage({ message: error instanceof Error ? error.message : '系统暂时出了问题，请稍后再试。', type: 'error', duration: 6000 })
}

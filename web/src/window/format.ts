/** How dates, laws and answers are written for a reader. */

import type { Basis, Message, Source } from '../protocol/wire'

/** 2011-07-01 -> 2011年7月1日; anything else is left as it is. */
export function chineseDate(iso: string): string {
  const found = /^(\d{4})-(\d{2})-(\d{2})/.exec(iso)
  return found ? `${found[1]}年${Number(found[2])}月${Number(found[3])}日` : iso
}

export function lawTitle(basis: Basis): string {
  const law = basis.law.startsWith('《') ? basis.law : `《${basis.law}》`
  return basis.article ? `${law}${basis.article}` : law
}

export function sourceNote(source: Source): string {
  const since = source.effectiveFrom ? `${chineseDate(source.effectiveFrom)}起施行` : ''
  const version = source.version ? `第 ${source.version} 版` : ''
  return [since, version].filter(Boolean).join(' · ')
}

/** What 复制 and 朗读 take: everything the bubble says, in reading order. */
export function plainText(message: Message, withSources: boolean): string {
  const card = message.card
  const lines = [
    message.text,
    card?.title ?? '',
    ...(card?.rows ?? []).map(([name, value]) => `${name}：${value}`),
    ...(card?.steps ?? []).map((step, index) => `${index + 1}. ${step}`),
    ...(card?.materials.length ? [`材料：${card.materials.join('、')}`] : []),
  ]
  if (withSources) {
    for (const source of message.sources) {
      lines.push(`依据：${source.basis.map(lawTitle).join('、') || source.title}（${sourceNote(source)}）`)
    }
  }
  return lines.filter(Boolean).join('\n')
}

/** 今天 09:05, 11月3日 09:05. */
export function clockTime(iso: string, now: Date): string {
  const at = new Date(iso)
  if (Number.isNaN(at.getTime())) return ''
  const time = `${String(at.getHours()).padStart(2, '0')}:${String(at.getMinutes()).padStart(2, '0')}`
  const day = at.toDateString() === now.toDateString() ? '今天' : `${at.getMonth() + 1}月${at.getDate()}日`
  return `${day} ${time}`
}

export interface Part {
  text: string
  /** A `tel:` or `https:` address, or empty for plain text. */
  href: string
}

// No look-behind here: Safari before 16.4 would refuse the whole script.
const LINKS = /(https?:\/\/[^\s，。；、）)】》"'<>]+)|(\d[\d-]{1,14}\d)/g
const PHONE = /^(110|119|120|12345|12333|12329|12366|12315|12393|12348|0\d{2,3}-\d{7,8}|400-?\d{3}-?\d{4})$/
/** 110元, 120日, 12345人 are amounts, not phone numbers. */
const UNIT_AFTER = /^\s*(元|块|%|％|个|天|日|月|年|岁|周|万|人|条|款|次|小时|分|号令|平)/

/** Cuts a text into plain pieces, phone numbers (one touch calls) and web addresses. */
export function linked(text: string): Part[] {
  const parts: Part[] = []
  let from = 0
  for (const found of text.matchAll(LINKS)) {
    const at = found.index ?? 0
    const word = found[0]
    const before = text[at - 1] ?? ''
    const phone = PHONE.test(word) && !/[\d第.¥￥]/.test(before) && !UNIT_AFTER.test(text.slice(at + word.length))
    const href = found[1] ? word : phone ? `tel:${word.replace(/-/g, '')}` : ''
    if (!href) continue
    if (at > from) parts.push({ text: text.slice(from, at), href: '' })
    parts.push({ text: word, href })
    from = at + word.length
  }
  if (from < text.length) parts.push({ text: text.slice(from), href: '' })
  return parts
}

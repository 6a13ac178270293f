/** Every page of the staff site: its address, its name in the menu, and who may see it. */

import { defineAsyncComponent, type Component } from 'vue'

export interface PageOf {
  /** First part of the address. */
  path: string
  name: string
  permission: string
  /** Heading in the menu; empty: not in the menu. */
  group: string
  component: Component
}

const page = (path: string, name: string, permission: string, group: string, load: () => Promise<{ default: Component }>) => ({
  path,
  name,
  permission,
  group,
  component: defineAsyncComponent(load),
})

export const PAGES: PageOf[] = [
  page('knowledge', '知识条目', 'knowledge.read', '知识', () => import('./knowledge/EntryList.vue')),
  page('entry', '条目', 'knowledge.read', '', () => import('./knowledge/EntryPage.vue')),
  page('edit', '编辑条目', 'knowledge.edit', '', () => import('./knowledge/EntryEditor.vue')),
  page('reviews', '待审核', 'knowledge.read', '知识', () => import('./knowledge/ReviewQueue.vue')),
  page('bench', '检索测试', 'knowledge.read', '知识', () => import('./knowledge/TestBench.vue')),
  page('unanswered', '未答问题', 'knowledge.read', '知识', () => import('./knowledge/UnansweredPage.vue')),
  page('warnings', '提醒', 'knowledge.read', '知识', () => import('./knowledge/WarningsPage.vue')),
  page('coverage', '覆盖情况', 'knowledge.read', '知识', () => import('./knowledge/CoverageMap.vue')),
  page('import', '导入资料', 'knowledge.import', '知识', () => import('./knowledge/ImportWizard.vue')),
  page('sensitive', '敏感词', 'sensitive.read', '知识', () => import('./knowledge/SensitiveWords.vue')),
  page('accounts', '账号', 'accounts.manage', '系统', () => import('./account/AccountsPage.vue')),
  page('me', '我的账号', 'account.own', '系统', () => import('./account/MyAccount.vue')),
]

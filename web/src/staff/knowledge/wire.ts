/** What the knowledge routes send and take (channels/web/openapi.yml). */

import { api } from '../api'

export interface Ground {
  kind: 'law' | 'document'
  law: string
  article: string
  quote: string
}

export interface Content {
  id: string
  topic: string
  question: string
  subject: string
  similar: string[]
  short: string
  answer: string
  steps: string[]
  materials: string[]
  channels: Record<string, string>
  time_limit: string
  fee: string
  basis: Ground[]
  issuing_body: string
  region: string
  region_name?: string
  varies_by_city: boolean
  persons: string[]
  insurance: string
  effective_from: string | null
  effective_until: string | null
  keywords: string[]
  related: string[]
}

export interface Version {
  entry_id: string
  number: number
  state: string
  author: string
  author_name?: string
  writers?: string[]
  reviewer: string
  reviewer_name?: string
  note: string
  created_at: string
  updated_at?: string
  published_at: string | null
  ended_at: string | null
  effective_from: string | null
  effective_until: string | null
  revision: number
  content?: Content
}

export interface Row {
  entry_id: string
  question: string
  topic: string
  region: string
  region_name: string
  state: string
  newest: number
  published: number | null
  effective_from: string | null
  effective_until: string | null
  updated_at: string
  author: string
  stats: { shown: number; helpful: number; unhelpful: number; handed_over: number }
}

export interface Fault {
  field: string
  says: string
  grave: boolean
}

export interface Near {
  entry_id: string
  question: string
  score: number
}

export interface Whole {
  entry_id: string
  versions: Version[]
  current: Content | null
  newest: Content
}

export interface Change {
  name: string
  label: string
  from: unknown
  to: unknown
}

export const PERSONS = ['所有人', '职工', '灵活就业人员', '城乡居民', '用人单位', '退休人员', '失业人员', '老年人', '残疾人', '学生儿童', '个体工商户', '外来人员', '家属']
export const INSURANCE = ['养老', '医疗', '失业', '工伤', '生育', '社保综合', '公积金', '非社保']
export const CHANNELS: Record<string, string> = { online: '网上', window: '窗口', phone: '电话', app: '手机' }

export function blank(): Content {
  return {
    id: '',
    topic: '',
    question: '',
    subject: '',
    similar: [],
    short: '',
    answer: '',
    steps: [],
    materials: [],
    channels: {},
    time_limit: '',
    fee: '',
    basis: [{ kind: 'law', law: '', article: '', quote: '' }],
    issuing_body: '',
    region: '000000',
    varies_by_city: false,
    persons: [],
    insurance: '',
    effective_from: null,
    effective_until: null,
    keywords: [],
    related: [],
  }
}

export function entryPath(id: string, ...rest: (string | number)[]): string {
  return `/knowledge/entries/${[id, ...rest].map((part) => encodeURIComponent(String(part))).join('/')}`
}

interface Coverage {
  topics: unknown[]
  regions: unknown[]
  cells: number[][]
}

export interface Named {
  code: string
  name: string
}

function named(value: unknown): Named {
  if (typeof value === 'object' && value !== null) {
    const { code, id, name } = value as { code?: unknown; id?: unknown; name?: unknown }
    return { code: String(code ?? id ?? name ?? ''), name: String(name ?? code ?? '') }
  }
  return { code: String(value), name: String(value) }
}

/** Topics, regions, and how many entries each pair has. */
export async function coverage(): Promise<{ topics: string[]; regions: Named[]; cells: number[][] }> {
  const told = await api.get<Coverage>('/knowledge/coverage')
  return { topics: told.topics.map((topic) => named(topic).name), regions: told.regions.map(named), cells: told.cells }
}

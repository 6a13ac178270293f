/** What the server says, as types, and the only place that turns its JSON into them. */

export type Author = 'citizen' | 'bot' | 'agent' | 'system'
export type Kind = 'text' | 'options' | 'form' | 'card' | 'rating' | 'notice'

export interface Basis {
  law: string
  article: string
  quote: string
}

export interface Source {
  entryId: string
  version: string
  title: string
  basis: Basis[]
  effectiveFrom: string
}

export interface Option {
  label: string
  value: string
}

export interface Card {
  title: string
  rows: [string, string][]
  steps: string[]
  materials: string[]
}

export interface Message {
  seq: number
  at: string
  author: Author
  type: Kind
  text: string
  options: Option[]
  card: Card | null
  sources: Source[]
  clientMessageId: string
}

/** What a call or a socket tells about the conversation. */
export interface Turn {
  messages: Message[]
  owner: string
}

export interface Portal {
  city: string
  greeting: string
  popular: { entryId: string; question: string }[]
  topics: { name: string; questions: string[] }[]
  hotline: string
  serviceHours: string
  textLimit: number
  aiNotice: string
}

export interface Entry {
  id: string
  topic: string
  question: string
  short: string
  answer: string
  steps: string[]
  materials: string[]
  channels: [string, string][]
  timeLimit: string
  fee: string
  basis: Basis[]
  issuingBody: string
  regionName: string
  variesByCity: boolean
  effectiveFrom: string
  effectiveUntil: string
  version: string
}

type Json = Record<string, unknown>

function object(value: unknown): Json {
  return typeof value === 'object' && value !== null && !Array.isArray(value) ? (value as Json) : {}
}

function list(value: unknown): unknown[] {
  return Array.isArray(value) ? value : []
}

function text(value: unknown): string {
  if (typeof value === 'string') return value
  return typeof value === 'number' ? String(value) : ''
}

function texts(value: unknown): string[] {
  return list(value).map(text).filter(Boolean)
}

/** Pairs come as `[[name, value]]` (cards) or as `{name: value}` (channels of an entry); empty values are left out. */
function pairs(value: unknown): [string, string][] {
  const found: [unknown, unknown][] = Array.isArray(value)
    ? value.map((row) => [list(row)[0], list(row)[1]])
    : Object.entries(object(value))
  return found.map(([name, held]): [string, string] => [text(name), text(held)]).filter(([, held]) => held !== '')
}

function readBasis(value: unknown): Basis {
  const data = object(value)
  return { law: text(data.law), article: text(data.article), quote: text(data.quote) }
}

function readSource(value: unknown): Source {
  const data = object(value)
  return {
    entryId: text(data.entry_id),
    version: text(data.version),
    title: text(data.title),
    basis: list(data.basis).map(readBasis),
    effectiveFrom: text(data.effective_from),
  }
}

function readCard(value: unknown): Card | null {
  if (value === null || value === undefined) return null
  const data = object(value)
  return {
    title: text(data.title),
    rows: pairs(data.rows),
    steps: texts(data.steps),
    materials: texts(data.materials),
  }
}

const AUTHORS: readonly string[] = ['citizen', 'bot', 'agent', 'system']
const KINDS: readonly string[] = ['text', 'options', 'form', 'card', 'rating', 'notice']

/** Null for something that is no message: one odd row must not stop the rest from being shown. */
export function readMessage(value: unknown): Message | null {
  const data = object(value)
  if (typeof data.seq !== 'number' || !Number.isInteger(data.seq) || data.seq < 1) return null
  const author = text(data.author)
  const type = text(data.type)
  return {
    seq: data.seq,
    at: text(data.at),
    author: (AUTHORS.includes(author) ? author : 'system') as Author,
    type: (KINDS.includes(type) ? type : 'text') as Kind,
    text: text(data.text),
    options: list(data.options).map((item) => {
      const option = object(item)
      return { label: text(option.label) || text(option.value), value: text(option.value) || text(option.label) }
    }),
    card: readCard(data.card),
    sources: list(data.sources).map(readSource),
    clientMessageId: text(data.client_message_id),
  }
}

export function readTurn(value: unknown): Turn {
  const data = object(value)
  const messages = list(data.messages).map(readMessage)
  return { messages: messages.filter((item): item is Message => item !== null), owner: text(data.owner) }
}

export function readPortal(value: unknown): Portal {
  const data = object(value)
  const limit = object(data.limits).text
  return {
    city: text(data.city),
    greeting: text(data.greeting),
    popular: list(data.popular)
      .map((item) => ({ entryId: text(object(item).entry_id), question: text(object(item).question) }))
      .filter((item) => item.question),
    topics: list(data.topics)
      .map((item) => ({ name: text(object(item).name), questions: texts(object(item).questions) }))
      .filter((item) => item.name && item.questions.length > 0),
    hotline: text(data.hotline),
    serviceHours: text(data.service_hours),
    textLimit: typeof limit === 'number' && limit > 0 ? limit : 1000,
    aiNotice: text(data.ai_notice),
  }
}

export function readEntry(value: unknown): Entry {
  const data = object(value)
  return {
    id: text(data.id),
    topic: text(data.topic),
    question: text(data.question),
    short: text(data.short),
    answer: text(data.answer),
    steps: texts(data.steps),
    materials: texts(data.materials),
    channels: pairs(data.channels),
    timeLimit: text(data.time_limit),
    fee: text(data.fee),
    basis: list(data.basis).map(readBasis),
    issuingBody: text(data.issuing_body),
    regionName: text(data.region_name),
    variesByCity: data.varies_by_city === true,
    effectiveFrom: text(data.effective_from),
    effectiveUntil: text(data.effective_until),
    version: text(data.version),
  }
}

export type Frame =
  | { type: 'state'; owner: string; lastSeq: number }
  | { type: 'message'; message: Message }
  | { type: 'ack'; clientMessageId: string }
  | { type: 'typing' }
  | { type: 'pong' }
  | { type: 'error'; code: string; message: string; clientMessageId: string; retryAfter: number }

/** Null for a frame this page does not know: a newer server may say more than we understand. */
export function readFrame(raw: unknown): Frame | null {
  let data: Json
  try {
    data = object(JSON.parse(text(raw)))
  } catch {
    return null
  }
  switch (data.type) {
    case 'state':
      return { type: 'state', owner: text(data.owner), lastSeq: Number(data.last_seq) || 0 }
    case 'message': {
      const message = readMessage(data.message)
      return message && { type: 'message', message }
    }
    case 'ack':
      return { type: 'ack', clientMessageId: text(data.client_message_id) }
    case 'typing':
      return { type: 'typing' }
    case 'pong':
      return { type: 'pong' }
    case 'error': {
      const error = object(data.error)
      const wait = Number(data.retry_after ?? error.retry_after) || 0
      return {
        type: 'error',
        code: text(error.code),
        message: text(error.message),
        clientMessageId: text(data.client_message_id),
        retryAfter: wait,
      }
    }
    default:
      return null
  }
}

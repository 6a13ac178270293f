/** The HTTP calls of the window. Every failure becomes one `Failure`, named by what the page does next. */

import { readEntry, readPortal, readTurn, type Entry, type Portal, type Turn } from './wire'

/**
 * offline: nothing came back, the same call may work later; busy: the server asks to try later;
 * slow-down: wait `retryAfter` seconds; expired: the conversation or its token is gone;
 * stale: read the conversation's state again; refused: asking again does not help.
 */
export type FailureKind = 'offline' | 'busy' | 'slow-down' | 'expired' | 'stale' | 'refused'

export class Failure extends Error {
  constructor(
    readonly kind: FailureKind,
    message: string,
    readonly retryAfter = 0,
  ) {
    super(message)
  }
}

export interface Session {
  id: string
  token: string
}

/** What the conversation needs of the server; tests hand in their own. */
export interface Api {
  open(): Promise<Session>
  send(session: Session, clientMessageId: string, text: string): Promise<Turn>
  events(session: Session, after: number): Promise<Turn>
  close(session: Session): Promise<Turn>
  feedback(session: Session, seq: number, helpful: boolean): Promise<void>
  rate(session: Session, level: number, comment: string): Promise<void>
}

const TIMEOUT_MS = 20_000

/** Code first (it is the contract), status as the fallback for answers of a proxy in between. */
export function failureOf(status: number, code: string, message: string, retryAfter = 0): Failure {
  if (status === 429 || code === 'too_many' || code.startsWith('rate_')) return new Failure('slow-down', message, retryAfter || 5)
  if (status === 401 || code === 'unauthenticated') return new Failure('expired', message)
  if (status === 404 || code === 'not_found') return new Failure('expired', message)
  if (status === 409 || code === 'stale' || code.includes('closed')) return new Failure('stale', message)
  if (status === 0) return new Failure('offline', message)
  if (status >= 500 || status === 408) return new Failure('busy', message)
  return new Failure('refused', message)
}

async function failureFrom(response: Response): Promise<Failure> {
  let error: { code?: unknown; message?: unknown } = {}
  try {
    error = ((await response.json()) as { error?: typeof error }).error ?? {}
  } catch {
    // A proxy's HTML page: the status alone has to do.
  }
  const message = typeof error.message === 'string' && error.message ? error.message : '系统暂时出了问题，请稍后再试。'
  const wait = Number(response.headers.get('retry-after')) || 0
  return failureOf(response.status, typeof error.code === 'string' ? error.code : '', message, wait)
}

export class HttpApi implements Api {
  /** `base` is the address of the page, so that the window also works below a path. */
  constructor(private readonly base: string) {}

  address(path: string): string {
    return new URL(`api/v1/${path}`, this.base).toString()
  }

  private async call(path: string, session?: Session, body?: object): Promise<unknown> {
    const headers: Record<string, string> = { Accept: 'application/json' }
    if (session) headers.Authorization = `Bearer ${session.token}`
    if (body) headers['Content-Type'] = 'application/json'
    const stop = new AbortController()
    const timer = setTimeout(() => stop.abort(), TIMEOUT_MS)
    let response: Response
    try {
      response = await fetch(this.address(path), {
        method: body ? 'POST' : 'GET',
        headers,
        body: body ? JSON.stringify(body) : undefined,
        signal: stop.signal,
        credentials: 'omit',
        cache: 'no-store',
      })
      if (!response.ok) throw await failureFrom(response)
      return response.status === 204 ? null : await response.json()
    } catch (error) {
      if (error instanceof Failure) throw error
      throw new Failure('offline', '网络不通，请检查网络后再试。')
    } finally {
      clearTimeout(timer)
    }
  }

  async portal(): Promise<Portal> {
    return readPortal(await this.call('portal'))
  }

  async entry(id: string): Promise<Entry> {
    return readEntry(await this.call(`entries/${encodeURIComponent(id)}`))
  }

  async open(): Promise<Session> {
    const data = (await this.call('conversations', undefined, {})) as { conversation_id?: unknown; token?: unknown } | null
    if (typeof data?.conversation_id !== 'string' || typeof data.token !== 'string') {
      throw new Failure('busy', '系统暂时出了问题，请稍后再试。')
    }
    return { id: data.conversation_id, token: data.token }
  }

  private within(session: Session, rest: string): string {
    return `conversations/${encodeURIComponent(session.id)}/${rest}`
  }

  async send(session: Session, clientMessageId: string, text: string): Promise<Turn> {
    const body = { client_message_id: clientMessageId, text }
    return readTurn(await this.call(this.within(session, 'messages'), session, body))
  }

  async events(session: Session, after: number): Promise<Turn> {
    return readTurn(await this.call(this.within(session, `events?after=${after}&limit=100`), session))
  }

  async close(session: Session): Promise<Turn> {
    return readTurn(await this.call(this.within(session, 'close'), session, {}))
  }

  async feedback(session: Session, seq: number, helpful: boolean): Promise<void> {
    await this.call(this.within(session, 'feedback'), session, { seq, helpful })
  }

  async rate(session: Session, level: number, comment: string): Promise<void> {
    await this.call(this.within(session, 'rating'), session, { level, comment })
  }
}

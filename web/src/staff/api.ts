/** The HTTP calls of the staff site: JSON over the session cookie, with the CSRF token for everything that changes. */

import { reactive } from 'vue'

export class Failure extends Error {
  constructor(
    readonly status: number,
    readonly code: string,
    message: string,
    readonly retryAfter = 0,
  ) {
    super(message)
  }
}

export interface Person {
  id: number
  account: string
  name: string
  roles: string[]
  regions: string[]
}

interface Profile {
  staff: Person
  csrf: string
  permissions: string[]
  must_change: boolean
}

/** Who is logged in. `asked` is false until the server has told. */
export const session = reactive({
  asked: false,
  staff: null as Person | null,
  permissions: [] as string[],
  mustChange: false,
  /** Why the log-in page is shown, when it was not asked for. */
  notice: '',
})

let csrf = ''
const TIMEOUT_MS = 60_000

export function may(permission: string): boolean {
  return session.permissions.includes(permission)
}

/** The page lies at …/staff/, the interface beside it. */
export function address(path: string): string {
  return new URL(`../api/v1/staff${path}`, document.baseURI).toString()
}

function query(values: Record<string, string | number | boolean | null | undefined>): string {
  const pairs = Object.entries(values).filter(([, value]) => value !== '' && value !== null && value !== undefined)
  return pairs.length ? `?${new URLSearchParams(pairs.map(([key, value]) => [key, String(value)]))}` : ''
}

async function failureFrom(response: Response): Promise<Failure> {
  let error: { code?: unknown; message?: unknown } = {}
  try {
    error = ((await response.json()) as { error?: typeof error }).error ?? {}
  } catch {
    // A proxy's HTML page: the status alone has to do.
  }
  const code = typeof error.code === 'string' ? error.code : ''
  const message = typeof error.message === 'string' ? error.message : '系统暂时出了问题，请稍后再试。'
  return new Failure(response.status, code, message, Number(response.headers.get('retry-after')) || 0)
}

async function send(method: string, path: string, body?: unknown): Promise<unknown> {
  const headers: Record<string, string> = { Accept: 'application/json' }
  if (method !== 'GET' && csrf) headers['X-CSRF-Token'] = csrf
  const isFile = body instanceof Blob
  if (body !== undefined) headers['Content-Type'] = isFile ? 'application/octet-stream' : 'application/json'
  const stop = new AbortController()
  const timer = setTimeout(() => stop.abort(), TIMEOUT_MS)
  try {
    const response = await fetch(address(path), {
      method,
      headers,
      body: body === undefined ? undefined : isFile ? body : JSON.stringify(body),
      signal: stop.signal,
      credentials: 'same-origin',
      cache: 'no-store',
    })
    if (!response.ok) throw await failureFrom(response)
    return response.status === 204 ? null : await response.json()
  } catch (error) {
    if (error instanceof Failure) throw error
    throw new Failure(0, 'offline', '网络不通，请检查网络后再试。')
  } finally {
    clearTimeout(timer)
  }
}

/** A call of somebody who is logged in; when the session is gone, the log-in page comes, and the address stays. */
async function call<T>(method: string, path: string, body?: unknown): Promise<T> {
  try {
    return (await send(method, path, body)) as T
  } catch (error) {
    if (error instanceof Failure && error.status === 401 && error.code === 'no_session') forget(error.message)
    throw error
  }
}

export const api = {
  get: <T>(path: string, values: Parameters<typeof query>[0] = {}) => call<T>('GET', path + query(values)),
  post: <T>(path: string, body: unknown = {}) => call<T>('POST', path, body),
  put: <T>(path: string, body: unknown) => call<T>('PUT', path, body),
  patch: <T>(path: string, body: unknown) => call<T>('PATCH', path, body),
  remove: <T>(path: string, body?: unknown) => call<T>('DELETE', path, body),
  upload: <T>(path: string, file: File) => call<T>('POST', path + query({ name: file.name }), file),
}

function remember(profile: Profile): void {
  csrf = profile.csrf
  session.staff = profile.staff
  session.permissions = profile.permissions
  session.mustChange = profile.must_change
  session.asked = true
  session.notice = ''
}

function forget(notice: string): void {
  csrf = ''
  session.staff = null
  session.permissions = []
  session.asked = true
  session.notice = notice
}

/** At the start: is there still a session? */
export async function begin(): Promise<void> {
  try {
    remember((await send('GET', '/me')) as Profile)
  } catch (error) {
    forget(error instanceof Failure && error.status === 401 ? '' : (error as Error).message)
  }
}

export async function login(account: string, password: string): Promise<void> {
  remember((await send('POST', '/login', { account, password })) as Profile)
}

export async function logout(): Promise<void> {
  try {
    await send('POST', '/logout', {})
  } finally {
    forget('')
  }
}

export async function changePassword(old: string, fresh: string): Promise<void> {
  remember(await call<Profile>('POST', '/password', { old, new: fresh }))
}

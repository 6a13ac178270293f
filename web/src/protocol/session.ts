/** Which conversation this browser goes on with after a reload. */

import type { Session } from './api'
import type { Store } from './outbox'

const KEY = 'huichuang.session'

export function readSession(store: Store): Session | null {
  try {
    const data = JSON.parse(store.getItem(KEY) ?? '') as Partial<Session>
    return typeof data.id === 'string' && typeof data.token === 'string' ? { id: data.id, token: data.token } : null
  } catch {
    return null
  }
}

export function writeSession(store: Store, session: Session): void {
  try {
    store.setItem(KEY, JSON.stringify(session))
  } catch {
    // Without storage the conversation lives as long as the page.
  }
}

/** Forgets this conversation, and only this one: another open page may have begun a newer one. */
export function forgetSession(store: Store, session: Session | null): void {
  if (session && readSession(store)?.id === session.id) store.removeItem(KEY)
}

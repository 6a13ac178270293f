/** The browser's storage, or a memory where the browser refuses it (private mode, a page in a frame). */

import { MemoryStore, type Store } from '../protocol/outbox'

function browserStore(): Store {
  try {
    const store = window.localStorage
    store.setItem('huichuang.probe', '1')
    store.removeItem('huichuang.probe')
    return store
  } catch {
    return new MemoryStore()
  }
}

export const store: Store = browserStore()

/** A setting that is only comfort: losing it must never stop the page. */
export function remember(key: string, value: string): void {
  try {
    store.setItem(key, value)
  } catch {
    // Full storage: the choice holds for this visit.
  }
}

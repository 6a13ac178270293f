/**
 * Messages the citizen has sent and the server has not yet confirmed.
 *
 * Each one lies under its own key of the browser's storage: closing the page loses nothing, and two open pages do
 * not overwrite each other. Sending one twice is harmless because the server knows its `client_message_id`.
 */

/** The part of `localStorage` that is used; a memory stands in where the browser refuses storage. */
export interface Store {
  readonly length: number
  key(index: number): string | null
  getItem(key: string): string | null
  setItem(key: string, value: string): void
  removeItem(key: string): void
}

export interface Unsent {
  id: string
  text: string
  /** Milliseconds since 1970, for the order after a reload. */
  at: number
  /** Why the server refused it; empty while it still waits. */
  refused: string
}

const PREFIX = 'huichuang.out.'

/** A message that waited longer than this was forgotten by its writer; sending it then would only surprise. */
export const KEEP_MS = 24 * 60 * 60 * 1000

export class Outbox {
  private items: Unsent[] = []

  constructor(
    private readonly store: Store,
    now: number,
  ) {
    this.items = this.stored(now)
  }

  private stored(now: number): Unsent[] {
    const keys = Array.from({ length: this.store.length }, (_, index) => this.store.key(index) ?? '')
    const found: Unsent[] = []
    for (const key of keys.filter((name) => name.startsWith(PREFIX))) {
      const item = parse(key.slice(PREFIX.length), this.store.getItem(key))
      if (item && now - item.at < KEEP_MS) found.push(item)
      else this.store.removeItem(key)
    }
    return found.sort((a, b) => a.at - b.at)
  }

  all(): readonly Unsent[] {
    return this.items
  }

  /** The next one to send: the oldest that was not refused. */
  next(): Unsent | undefined {
    return this.items.find((item) => !item.refused)
  }

  add(id: string, text: string, now: number): void {
    // Two messages in one millisecond keep their order after a reload.
    const last = this.items[this.items.length - 1]?.at ?? 0
    this.put({ id, text, at: Math.max(now, last + 1), refused: '' })
  }

  refuse(id: string, reason: string): void {
    const item = this.items.find((held) => held.id === id)
    if (item) this.put({ ...item, refused: reason })
  }

  retry(id: string): void {
    this.refuse(id, '')
  }

  remove(id: string): void {
    this.items = this.items.filter((item) => item.id !== id)
    this.store.removeItem(PREFIX + id)
  }

  private put(item: Unsent): void {
    const known = this.items.some((held) => held.id === item.id)
    this.items = known ? this.items.map((held) => (held.id === item.id ? item : held)) : [...this.items, item]
    try {
      this.store.setItem(PREFIX + item.id, JSON.stringify({ text: item.text, at: item.at, refused: item.refused }))
    } catch {
      // Storage is full: the message stays in this page and is sent from here.
    }
  }
}

function parse(id: string, raw: string | null): Unsent | null {
  try {
    const data = JSON.parse(raw ?? '') as Partial<Unsent>
    if (typeof data.text !== 'string' || typeof data.at !== 'number') return null
    return { id, text: data.text, at: data.at, refused: typeof data.refused === 'string' ? data.refused : '' }
  } catch {
    return null
  }
}

/** For browsers that refuse storage to a page in a frame. */
export class MemoryStore implements Store {
  private readonly held = new Map<string, string>()

  get length(): number {
    return this.held.size
  }

  key(index: number): string | null {
    return [...this.held.keys()][index] ?? null
  }

  getItem(key: string): string | null {
    return this.held.get(key) ?? null
  }

  setItem(key: string, value: string): void {
    this.held.set(key, value)
  }

  removeItem(key: string): void {
    this.held.delete(key)
  }
}

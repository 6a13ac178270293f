/** Addresses after the hash: `#/knowledge/entry/idcard-first?tab=history`. Small enough to need no library. */

import { reactive } from 'vue'

export interface Place {
  /** The parts of the path, decoded. */
  parts: string[]
  query: Record<string, string>
}

function read(): Place {
  const [path = '', search = ''] = location.hash.replace(/^#/, '').split('?', 2)
  const parts = path.split('/').filter(Boolean).map(decode)
  return { parts, query: Object.fromEntries(new URLSearchParams(search)) }
}

function decode(part: string): string {
  try {
    return decodeURIComponent(part)
  } catch {
    return part
  }
}

export const place = reactive<Place>(read())

window.addEventListener('hashchange', () => Object.assign(place, read()))

export function href(...parts: (string | number)[]): string {
  return `#/${parts.map((part) => encodeURIComponent(String(part))).join('/')}`
}

export function go(...parts: (string | number)[]): void {
  location.hash = href(...parts)
}

/** Keep filters in the address, without a step in the browser's history for every letter. */
export function keep(query: Record<string, string>): void {
  const pairs = Object.entries(query).filter(([, value]) => value)
  const path = location.hash.split('?', 1)[0] || '#/'
  history.replaceState(null, '', pairs.length ? `${path}?${new URLSearchParams(pairs)}` : path)
  place.query = Object.fromEntries(pairs)
}

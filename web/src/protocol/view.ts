/** What the page is told: one snapshot after every change. */

import type { Item } from './timeline'

/** idle: nothing to connect yet; live: WebSocket; polling: plain calls work; offline: neither works. */
export type Connection = 'idle' | 'connecting' | 'live' | 'polling' | 'offline'

export interface View {
  items: Item[]
  connection: Connection
  owner: string
  /** A reply is being made. */
  typing: boolean
  /** Messages that the server has not confirmed and has not refused. */
  unsent: number
  /** Why sending pauses just now; empty when it does not. */
  pause: string
  closed: boolean
  /** There is a conversation that can be ended. */
  open: boolean
  /** A conversation from before the page was loaded is being fetched. */
  restoring: boolean
  /** 好差评: offered after the end, or when the server asks; never forced. */
  rating: 'none' | 'offered' | 'sent' | 'declined'
}

/** What the citizen sees from top to bottom: what was said, what still waits to be sent, and our own honest lines. */

import type { Message } from './wire'

/**
 * waiting: not yet sent; sending: on its way; accepted: the server has it; refused: the server will not take it;
 * unanswered: accepted, but the conversation expired before an answer came.
 */
export type PendingState = 'waiting' | 'sending' | 'accepted' | 'refused' | 'unanswered'

export interface MessageItem {
  kind: 'message'
  key: string
  message: Message
  /** The conversation it was said in; feedback goes there. */
  current: boolean
}

export interface PendingItem {
  kind: 'pending'
  key: string
  id: string
  text: string
  state: PendingState
  reason: string
}

export interface LineItem {
  kind: 'line'
  key: string
  text: string
}

export type Item = MessageItem | PendingItem | LineItem

export class Timeline {
  private past: Item[] = []
  private current: Message[] = []
  /** Messages that came before one that belongs in front of them. */
  private early = new Map<number, Message>()
  /** Accepted by the server, their own record has not come back yet: id -> text. */
  private accepted = new Map<string, string>()
  private segment = 0

  /** The place up to which everything is known, without a gap. */
  get seq(): number {
    return this.current[this.current.length - 1]?.seq ?? 0
  }

  /** True when something is missing in front of a message that is already here. */
  get gap(): boolean {
    return this.early.size > 0
  }

  /** The citizen spoke last: an answer may still come. */
  get awaiting(): boolean {
    return this.accepted.size > 0 || this.current[this.current.length - 1]?.author === 'citizen'
  }

  /** Takes each message once and in order; returns those that became visible now. */
  merge(messages: readonly Message[]): Message[] {
    for (const message of messages) if (message.seq > this.seq) this.early.set(message.seq, message)
    const fresh: Message[] = []
    for (let next = this.early.get(this.seq + 1); next; next = this.early.get(this.seq + 1)) {
      this.early.delete(next.seq)
      this.accepted.delete(next.clientMessageId)
      this.current.push(next)
      fresh.push(next)
    }
    return fresh
  }

  accept(id: string, text: string): void {
    if (!this.current.some((message) => message.clientMessageId === id)) this.accepted.set(id, text)
  }

  /** Ends the conversation's stretch: it stays visible, the next message starts at 1 again. */
  breakOff(line: string): void {
    const unanswered = [...this.accepted].map(([id, text]): Item => pending(id, text, 'unanswered'))
    this.past = [...this.past, ...this.currentItems(false), ...unanswered]
    this.segment += 1
    if (line) this.past.push({ kind: 'line', key: `line-${this.segment}`, text: line })
    this.current = []
    this.early.clear()
    this.accepted.clear()
  }

  items(unsent: readonly PendingItem[]): Item[] {
    const here = new Set(this.current.map((message) => message.clientMessageId))
    const accepted = [...this.accepted].map(([id, text]) => pending(id, text, 'accepted'))
    const waiting = unsent.filter((item) => !here.has(item.id) && !this.accepted.has(item.id))
    return [...this.past, ...this.currentItems(true), ...accepted, ...waiting]
  }

  private currentItems(current: boolean): Item[] {
    return this.current.map((message) => ({
      kind: 'message',
      // The citizen's own bubble keeps its key when the server confirms it: a screen reader reads it once.
      key: message.clientMessageId ? `own-${message.clientMessageId}` : `${this.segment}-${message.seq}`,
      message,
      current,
    }))
  }
}

export function pending(id: string, text: string, state: PendingState, reason = ''): PendingItem {
  return { kind: 'pending', key: `own-${id}`, id, text, state, reason }
}

/** A hand-written server, socket and clock for the protocol: no network, no chance, no patching. */

import { vi } from 'vitest'
import { Failure, type Api, type Session } from '../src/protocol/api'
import { Conversation } from '../src/protocol/conversation'
import { MemoryStore, Outbox, type Store } from '../src/protocol/outbox'
import type { Socket } from '../src/protocol/transport'
import type { Message, Turn } from '../src/protocol/wire'

export function message(seq: number, author: Message['author'], text: string, clientMessageId = ''): Message {
  const at = '2026-11-22T09:00:00+00:00'
  return { seq, at, author, type: 'text', text, options: [], card: null, sources: [], clientMessageId }
}

/** One end of a line; the test plays the server at the other. */
export class FakeSocket implements Socket {
  onopen: ((event: never) => void) | null = null
  onmessage: ((event: { data: unknown }) => void) | null = null
  onclose: ((event: { code: number }) => void) | null = null
  onerror: ((event: never) => void) | null = null
  readonly sent: Record<string, unknown>[] = []
  closed = false

  constructor(readonly address: string) {}

  send(data: string): void {
    this.sent.push(JSON.parse(data) as Record<string, unknown>)
  }

  close(): void {
    this.closed = true
  }

  /** The connection opens; the page says hello. */
  open(): void {
    this.onopen?.(undefined as never)
  }

  say(frame: object): void {
    this.onmessage?.({ data: JSON.stringify(frame) })
  }

  /** Opens and answers the hello. */
  accept(owner = 'bot'): void {
    this.open()
    this.say({ type: 'state', owner, epoch: 1, last_seq: 0 })
  }

  deliver(said: Message): void {
    const { clientMessageId, ...rest } = said
    this.say({ type: 'message', message: { ...rest, client_message_id: clientMessageId } })
  }

  break(code = 1006): void {
    const tell = this.onclose
    this.closed = true
    tell?.({ code })
  }

  messages(): unknown[] {
    return this.sent.filter((frame) => frame.type === 'message')
  }
}

export class FakeApi implements Api {
  opened = 0
  offline = false
  readonly posts: { session: string; id: string; text: string }[] = []
  readonly asked: number[] = []
  /** What `events` and `send` fail with next, in order. */
  readonly failures: Failure[] = []
  /** The conversation as the server keeps it. */
  kept: Message[] = []
  owner = 'bot'

  private guard(): void {
    if (this.offline) throw new Failure('offline', '网络不通')
    const failure = this.failures.shift()
    if (failure) throw failure
  }

  async open(): Promise<Session> {
    this.guard()
    this.opened += 1
    this.kept = []
    this.owner = 'bot'
    return { id: `c${this.opened}`, token: `t${this.opened}` }
  }

  async send(session: Session, id: string, text: string): Promise<Turn> {
    this.guard()
    this.posts.push({ session: session.id, id, text })
    const known = this.kept.findIndex((held) => held.clientMessageId === id)
    const from = known < 0 ? this.kept.length : known
    if (known < 0) {
      this.kept.push(message(this.kept.length + 1, 'citizen', text, id))
      this.kept.push(message(this.kept.length + 1, 'bot', `答：${text}`))
    }
    return { messages: this.kept.slice(from), owner: this.owner }
  }

  async events(_: Session, after: number): Promise<Turn> {
    this.asked.push(after)
    this.guard()
    return { messages: this.kept.slice(after, after + 100), owner: this.owner }
  }

  async close(): Promise<Turn> {
    this.guard()
    this.owner = 'closed'
    return { messages: [message(this.kept.length + 1, 'system', '咨询已结束')], owner: 'closed' }
  }

  async feedback(): Promise<void> {
    this.guard()
  }

  async rate(): Promise<void> {
    this.guard()
  }
}

export class Scene {
  readonly api = new FakeApi()
  readonly sockets: FakeSocket[] = []
  readonly conversation: Conversation
  private ids = 0

  constructor(readonly store: Store = new MemoryStore()) {
    this.conversation = new Conversation({
      api: this.api,
      outbox: new Outbox(store, Date.now()),
      store,
      openSocket: (address) => {
        const socket = new FakeSocket(address)
        this.sockets.push(socket)
        return socket
      },
      socketAddress: (id) => `ws://test/${id}`,
      newId: () => `m${(this.ids += 1)}`,
      random: () => 1,
    })
  }

  get socket(): FakeSocket {
    const last = this.sockets[this.sockets.length - 1]
    if (!last) throw new Error('no line was opened')
    return last
  }

  get view() {
    return this.conversation.view()
  }

  /** Lets promises settle without moving the clock. */
  async settle(): Promise<void> {
    await vi.advanceTimersByTimeAsync(0)
  }

  /** The texts on the page, from top to bottom; pending ones with their state. */
  get texts(): string[] {
    return this.view.items.map((item) => {
      if (item.kind === 'message') return item.message.text
      return item.kind === 'pending' ? `${item.text} [${item.state}]` : `-- ${item.text}`
    })
  }

  /** Sends a first message and brings up the line. */
  async live(text = '第一问'): Promise<FakeSocket> {
    this.conversation.send(text)
    await this.settle()
    this.socket.accept()
    return this.socket
  }
}

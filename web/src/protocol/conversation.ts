/**
 * The conversation as a state machine, without any page around it.
 *
 * A message goes into the outbox first, then to the server, and leaves the outbox only when the server has said that
 * it is kept. The live line is preferred; when it cannot be had, the same conversation goes on by plain calls.
 */

import { Failure, failureOf, type Api, type FailureKind, type Session } from './api'
import { Catchup } from './catchup'
import type { Outbox, Store } from './outbox'
import { SENTENCES } from './sentences'
import { forgetSession, readSession, writeSession } from './session'
import { pending, Timeline } from './timeline'
import { Timers } from './timers'
import { backoff, Link, type Socket } from './transport'
import type { Connection, View } from './view'
import type { Frame, Message, Turn } from './wire'

export interface Parts {
  api: Api
  outbox: Outbox
  store: Store
  openSocket: (address: string) => Socket
  socketAddress: (conversationId: string) => string
  newId: () => string
  random: () => number
}

export const ACK_TIMEOUT_MS = 10_000
/** A message does not wait longer than this for the live line; it then goes by a plain call. */
export const PATIENCE_MS = 3_000
const TYPING_MS = 20_000

export class Conversation {
  private readonly timeline = new Timeline()
  private readonly link: Link
  private readonly catchup: Catchup
  private readonly listeners = new Set<(view: View) => void>()
  private session: Session | null
  /** The closed conversation, kept in memory only so that it can still be rated. */
  private ended: Session | null = null
  private connection: Connection = 'idle'
  private owner = 'bot'
  private typing = false
  private pause = ''
  private firm = false
  private restoring = false
  private rating: View['rating'] = 'none'
  private inFlight = ''
  private inFlightBySocket = false
  private opening = false
  private patient = true
  /** Failures in a row without any message accepted. */
  private troubles = 0
  private readonly timers = new Timers<'ack' | 'hold' | 'patience' | 'typing'>()

  constructor(private readonly parts: Parts) {
    this.session = readSession(parts.store)
    this.link = new Link(
      parts.openSocket,
      () => this.timeline.seq,
      {
        up: (owner) => this.linkUp(owner),
        frame: (frame) => this.frame(frame),
        down: (failures) => this.linkDown(failures),
        expired: () => this.expire(),
      },
      parts.random,
    )
    this.catchup = new Catchup(parts.api, {
      session: () => this.session,
      seq: () => this.timeline.seq,
      take: (turn) => this.take(turn),
      busy: () => this.owner !== 'bot' || this.typing || parts.outbox.next() !== undefined,
      polled: (failed) => this.polled(failed),
    })
  }

  // ---- what the page calls

  subscribe(listener: (view: View) => void): () => void {
    this.listeners.add(listener)
    listener(this.view())
    return () => this.listeners.delete(listener)
  }

  view(): View {
    const unsent = this.parts.outbox.all()
    return {
      items: this.timeline.items(
        unsent.map((item) => {
          const state = item.refused ? 'refused' : item.id === this.inFlight ? 'sending' : 'waiting'
          return pending(item.id, item.text, state, item.refused)
        }),
      ),
      connection: this.connection,
      owner: this.owner,
      typing: this.typing,
      unsent: unsent.filter((item) => !item.refused).length,
      pause: this.pause,
      closed: this.owner === 'closed',
      open: this.session !== null && this.owner !== 'closed',
      restoring: this.restoring,
      rating: this.rating,
    }
  }

  /** Goes on with the conversation of an earlier visit, and with what was left unsent. */
  start(): void {
    if (this.session) {
      this.restoring = true
      this.connect(this.session)
      this.timers.arm('patience', PATIENCE_MS, () => this.impatient())
    }
    this.pump()
    this.changed()
  }

  send(text: string): void {
    this.parts.outbox.add(this.parts.newId(), text, Date.now())
    this.pump()
    this.changed()
  }

  retry(id: string): void {
    this.parts.outbox.retry(id)
    this.pump()
    this.changed()
  }

  discard(id: string): void {
    if (id !== this.inFlight) this.parts.outbox.remove(id)
    this.changed()
  }

  /** The network is said to be back, or the page is in front again. */
  wake(): void {
    if (!this.firm) this.release()
    this.link.wake()
    this.catchup.wake()
    this.pump()
    this.changed()
  }

  /** The browser says there is no network: believe it at once, the line may take a minute to notice. */
  sleep(): void {
    if (this.connection === 'idle' && !this.session && this.parts.outbox.all().length === 0) return
    this.connection = 'offline'
    this.changed()
    this.link.drop()
  }

  /** Ends the consultation; throws a Failure when the server could not be told. */
  async close(): Promise<void> {
    if (!this.session) return
    const session = this.session
    this.take(await this.parts.api.close(session))
    this.closed()
    this.changed()
  }

  async rate(level: number, comment: string): Promise<void> {
    const session = this.ended ?? this.session
    if (!session) throw new Failure('expired', '这次咨询已过期，无法评价。')
    await this.parts.api.rate(session, level, comment)
    this.rating = 'sent'
    this.changed()
  }

  declineRating(): void {
    this.rating = 'declined'
    this.changed()
  }

  async feedback(seq: number, helpful: boolean): Promise<void> {
    const session = this.session ?? this.ended
    if (session) await this.parts.api.feedback(session, seq, helpful)
  }

  // ---- sending

  private pump(): void {
    const next = this.parts.outbox.next()
    if (!next || this.inFlight || this.opening || this.timers.armed('hold')) return
    if (this.owner === 'closed') this.leave(SENTENCES.closedResend)
    if (!this.session) {
      void this.open()
    } else if (this.link.up) {
      this.inFlight = next.id
      this.inFlightBySocket = true
      this.link.send({ type: 'message', client_message_id: next.id, text: next.text })
      this.timers.arm('ack', ACK_TIMEOUT_MS, () => this.link.drop())
    } else if (this.catchup.polling || !this.patient) {
      void this.post(this.session, next.id, next.text)
    } else if (!this.timers.armed('patience')) {
      this.timers.arm('patience', PATIENCE_MS, () => this.impatient())
    }
  }

  private impatient(): void {
    this.patient = false
    if (this.restoring) void this.fetchMissing()
    this.pump()
    this.changed()
  }

  private async open(): Promise<void> {
    this.opening = true
    if (this.connection !== 'offline') this.connection = 'connecting'
    try {
      this.session = await this.parts.api.open()
      this.rating = 'none'
      this.ended = null
      writeSession(this.parts.store, this.session)
      this.opening = false
      this.connect(this.session)
      this.pump()
    } catch (error) {
      this.opening = false
      this.trouble(error, '')
    }
    this.changed()
  }

  private async post(session: Session, id: string, text: string): Promise<void> {
    this.inFlight = id
    this.inFlightBySocket = false
    this.setTyping(this.owner === 'bot')
    this.changed()
    try {
      const turn = await this.parts.api.send(session, id, text)
      if (session !== this.session) return
      this.settled(id)
      this.take(turn)
      this.setTyping(false)
      if (this.connection !== 'live') this.connection = 'polling'
    } catch (error) {
      if (session !== this.session) return
      this.inFlight = ''
      this.setTyping(false)
      this.trouble(error, id)
    }
    this.pump()
    this.changed()
  }

  /** The server keeps the message: it leaves the outbox. */
  private settled(id: string): void {
    const item = this.parts.outbox.all().find((held) => held.id === id)
    if (item) this.timeline.accept(id, item.text)
    this.parts.outbox.remove(id)
    this.troubles = 0
    if (id !== this.inFlight) return
    this.inFlight = ''
    this.timers.disarm('ack')
  }

  private trouble(error: unknown, id: string): void {
    const failure = error instanceof Failure ? error : new Failure('busy', '')
    this.troubles += 1
    const wait = backoff(this.troubles, this.parts.random())
    switch (failure.kind) {
      case 'expired':
        return this.session ? this.expire() : this.hold(wait, SENTENCES.busy)
      case 'slow-down':
        return this.hold(failure.retryAfter * 1000, SENTENCES.slowDown(Math.ceil(failure.retryAfter)), true)
      case 'offline':
        this.connection = 'offline'
        return this.hold(wait, '')
      case 'stale':
        void this.fetchMissing()
        return this.hold(wait, '')
      case 'busy':
        return this.hold(wait, SENTENCES.busy)
      case 'refused':
        if (id) this.parts.outbox.refuse(id, failure.message)
        else this.hold(wait, failure.message)
    }
  }

  /** `firm`: the server asked for this pause, so a network that comes back does not end it. */
  private hold(delay: number, sentence: string, firm = false): void {
    this.pause = sentence
    this.firm = firm
    this.timers.arm('hold', delay, () => {
      this.release()
      this.pump()
      this.changed()
    })
  }

  private release(): void {
    this.timers.disarm('hold')
    this.pause = ''
  }

  // ---- receiving

  private connect(session: Session): void {
    this.patient = true
    if (this.connection !== 'offline') this.connection = 'connecting'
    this.link.start(this.parts.socketAddress(session.id), session.token)
  }

  private linkUp(owner: string): void {
    this.connection = 'live'
    this.restoring = false
    this.catchup.stop()
    this.patient = true
    this.timers.disarm('patience')
    this.setOwner(owner)
    this.pump()
    this.changed()
  }

  private linkDown(failures: number): void {
    this.timers.disarm('ack')
    if (this.inFlightBySocket) this.inFlight = ''
    this.setTyping(false)
    if (this.connection === 'live') this.connection = 'connecting'
    // One broken line is a hiccup; from the second on the conversation goes on by plain calls.
    if (failures >= 2) this.catchup.start()
    this.changed()
  }

  private frame(frame: Frame): void {
    switch (frame.type) {
      case 'state':
        this.setOwner(frame.owner)
        break
      case 'message':
        this.take({ messages: [frame.message], owner: '' })
        break
      case 'ack':
        this.settled(frame.clientMessageId)
        this.waitForReply()
        this.pump()
        break
      case 'typing':
        // "A reply is being made" is the assistant's; to a person waiting in a queue it would be a false promise.
        this.waitForReply()
        break
      case 'error':
        this.errorFrame(frame.code, frame.message, frame.clientMessageId, frame.retryAfter)
        break
      case 'pong':
        return
    }
    this.changed()
  }

  private errorFrame(code: string, message: string, id: string, retryAfter: number): void {
    if (id && id === this.inFlight) {
      this.inFlight = ''
      this.timers.disarm('ack')
    }
    // The server names a time when the same words may work later; without one they will not be taken.
    const later = retryAfter > 0 || ['unavailable', 'internal_error', 'uncertain'].includes(code)
    const status = later ? 503 : 400
    const failure = failureOf(status, code, message, retryAfter)
    if (!id && failure.kind === 'refused') return
    this.trouble(failure, id)
    this.pump()
  }

  private take(turn: Turn): void {
    const fresh = this.timeline.merge(turn.messages)
    for (const message of fresh) this.saw(message)
    this.setOwner(turn.owner)
    if (this.timeline.gap) void this.fetchMissing()
  }

  private saw(message: Message): void {
    if (message.clientMessageId) this.settled(message.clientMessageId)
    if (message.author !== 'citizen') this.setTyping(false)
    // The live line tells the owner only at its start; who speaks afterwards tells the rest.
    if (message.author === 'agent' && this.owner !== 'closed') this.owner = 'agent'
    if (message.author === 'bot' && this.owner.startsWith('agent')) this.owner = 'bot'
    if (message.type === 'rating' && this.rating === 'none') this.rating = 'offered'
  }

  private setOwner(owner: string): void {
    if (!owner || owner === this.owner) return
    this.owner = owner
    if (owner === 'closed') this.closed()
  }

  private async fetchMissing(): Promise<void> {
    // A failure is not told: the line or the next poll brings what is missing.
    if ((await this.catchup.fetch()) === null) this.restoring = false
    this.changed()
  }

  private polled(failed: FailureKind | null): void {
    if (failed === null) {
      this.connection = 'polling'
      this.restoring = false
    } else if (failed === 'expired') {
      this.expire()
    } else if (failed === 'offline') {
      this.connection = 'offline'
    }
    this.pump()
    this.changed()
  }

  // ---- the ends of a conversation

  private closed(): void {
    this.owner = 'closed'
    this.ended = this.session ?? this.ended
    if (this.rating === 'none') this.rating = 'offered'
    this.disconnect()
  }

  private expire(): void {
    if (!this.session) return
    // Expired again before anything was accepted: do not open conversations without end.
    this.troubles += 1
    this.leave(this.parts.outbox.next() ? SENTENCES.expiredResend : SENTENCES.expired)
    if (this.troubles > 2) this.hold(backoff(this.troubles, this.parts.random()), SENTENCES.busy)
    this.pump()
    this.changed()
  }

  /** Leaves the conversation behind; what was said stays visible above the line. */
  private leave(line: string): void {
    this.timeline.breakOff(line)
    this.disconnect()
    this.owner = 'bot'
    this.rating = this.rating === 'offered' ? 'declined' : this.rating
  }

  private disconnect(): void {
    this.link.stop()
    this.catchup.stop()
    this.timers.disarm('ack')
    this.timers.disarm('patience')
    this.setTyping(false)
    forgetSession(this.parts.store, this.session)
    this.session = null
    this.inFlight = ''
    this.restoring = false
    this.connection = 'idle'
  }

  // ---- small things

  /** A quick answer may overtake the acknowledgement or the word that it is being made. */
  private waitForReply(): void {
    if (this.owner === 'bot' && this.timeline.awaiting) this.setTyping(true)
  }

  private setTyping(typing: boolean): void {
    this.typing = typing
    this.timers.disarm('typing')
    if (!typing) return
    this.timers.arm('typing', TYPING_MS, () => {
      this.typing = false
      this.changed()
    })
  }

  private changed(): void {
    const view = this.view()
    for (const listener of this.listeners) listener(view)
  }
}

/**
 * The live line: one WebSocket that comes back by itself.
 *
 * It says hello with the place up to which everything is known, so the server sends exactly what is missing. A line
 * counts as up when the server has answered the hello, not when the socket opens: a proxy may accept and stay silent.
 */

import { readFrame, type Frame } from './wire'

/** The part of a browser's WebSocket that is used; tests hand in a hand-written one. */
export interface Socket {
  onopen: ((event: never) => void) | null
  onmessage: ((event: { data: unknown }) => void) | null
  onclose: ((event: { code: number }) => void) | null
  onerror: ((event: never) => void) | null
  send(data: string): void
  close(): void
}

export interface LinkEvents {
  /** The server knows us; everything missing follows. */
  up(owner: string): void
  frame(frame: Frame): void
  /** Lost or never reached; the next try is already planned. `failures` counts tries without a lasting line. */
  down(failures: number): void
  /** Token or conversation is gone for good: no further try. */
  expired(): void
}

export const HELLO_TIMEOUT_MS = 8_000
export const PING_EVERY_MS = 25_000
export const PONG_TIMEOUT_MS = 10_000
const FIRST_DELAY_MS = 500
const LONGEST_DELAY_MS = 30_000
/** A line that broke sooner than this does not reset the back-off: a server that accepts and drops is not hammered. */
const LASTING_MS = 5_000

const CLOSE_TOKEN = 4401
const CLOSE_UNKNOWN = 4404

/** Exponential with jitter: after an outage all pages of a city must not come back in the same instant. */
export function backoff(failures: number, random: number): number {
  const full = Math.min(LONGEST_DELAY_MS, FIRST_DELAY_MS * 2 ** Math.min(failures, 10))
  return Math.round(full * (0.5 + random / 2))
}

export class Link {
  private socket: Socket | null = null
  private isUp = false
  private upSince = 0
  private failures = 0
  private running = false
  private retryTimer: ReturnType<typeof setTimeout> | undefined
  private watchTimer: ReturnType<typeof setTimeout> | undefined
  private address = ''
  private token = ''

  constructor(
    private readonly openSocket: (address: string) => Socket,
    private readonly after: () => number,
    private readonly events: LinkEvents,
    private readonly random: () => number,
  ) {}

  get up(): boolean {
    return this.isUp
  }

  start(address: string, token: string): void {
    this.stop()
    this.address = address
    this.token = token
    this.failures = 0
    this.running = true
    this.connect()
  }

  stop(): void {
    this.running = false
    clearTimeout(this.retryTimer)
    this.release()
  }

  send(data: object): void {
    this.socket?.send(JSON.stringify(data))
  }

  /** The page came to the front or the network came back: try now, or find out whether the line still lives. */
  wake(): void {
    if (!this.running) return
    if (this.isUp) this.ping()
    else if (!this.socket) {
      clearTimeout(this.retryTimer)
      this.connect()
    }
  }

  /** The line is silent or known to be broken: give it up and come back. */
  drop(): void {
    if (this.running && this.socket) this.lost(0)
  }

  private connect(): void {
    let socket: Socket
    try {
      socket = this.openSocket(this.address)
    } catch {
      this.lost(0)
      return
    }
    this.socket = socket
    socket.onopen = () => {
      this.send({ type: 'hello', token: this.token, after: this.after() })
    }
    socket.onmessage = (event) => this.receive(event.data)
    socket.onclose = (event) => this.lost(event.code)
    socket.onerror = null
    this.watch(HELLO_TIMEOUT_MS, () => this.lost(0))
  }

  private receive(raw: unknown): void {
    const frame = readFrame(raw)
    if (this.isUp) this.watch(PING_EVERY_MS, () => this.ping())
    if (!frame) return
    if (frame.type === 'state' && !this.isUp) {
      this.isUp = true
      this.upSince = Date.now()
      this.watch(PING_EVERY_MS, () => this.ping())
      this.events.up(frame.owner)
      return
    }
    this.events.frame(frame)
  }

  private ping(): void {
    this.send({ type: 'ping' })
    this.watch(PONG_TIMEOUT_MS, () => this.lost(0))
  }

  private watch(delay: number, then: () => void): void {
    clearTimeout(this.watchTimer)
    this.watchTimer = setTimeout(then, delay)
  }

  private lost(code: number): void {
    const lasting = this.isUp && Date.now() - this.upSince >= LASTING_MS
    this.release()
    if (!this.running) return
    if (code === CLOSE_TOKEN || code === CLOSE_UNKNOWN) {
      this.running = false
      this.events.expired()
      return
    }
    this.failures = lasting ? 0 : this.failures + 1
    this.retryTimer = setTimeout(() => this.connect(), backoff(this.failures, this.random()))
    this.events.down(this.failures)
  }

  private release(): void {
    clearTimeout(this.watchTimer)
    this.isUp = false
    const socket = this.socket
    this.socket = null
    if (!socket) return
    // A late event of the old socket must never touch the new line.
    socket.onopen = socket.onmessage = socket.onclose = null
    socket.close()
  }
}

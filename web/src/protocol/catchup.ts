/** Plain calls in place of the live line: reads what is missing, once or again and again. */

import { Failure, type Api, type FailureKind, type Session } from './api'
import { Timers } from './timers'
import type { Turn } from './wire'

export const POLL_BUSY_MS = 3_000
export const POLL_QUIET_MS = 15_000
const EVENTS_PAGE = 100

export interface CatchupHost {
  session(): Session | null
  /** The place up to which everything is known. */
  seq(): number
  take(turn: Turn): void
  /** Somebody waits for something: ask often. */
  busy(): boolean
  polled(failed: FailureKind | null): void
}

export class Catchup {
  private readonly timers = new Timers<'poll'>()
  private fetching = false
  private active = false

  constructor(
    private readonly api: Api,
    private readonly host: CatchupHost,
  ) {}

  get polling(): boolean {
    return this.active
  }

  start(): void {
    if (this.active) return
    this.active = true
    void this.poll()
  }

  stop(): void {
    this.active = false
    this.timers.disarm('poll')
  }

  wake(): void {
    if (this.active && !this.fetching) void this.poll()
  }

  /** Reads everything after the last known place, page by page. Null when it worked. */
  async fetch(): Promise<FailureKind | null> {
    const session = this.host.session()
    if (!session || this.fetching) return null
    this.fetching = true
    try {
      for (;;) {
        const before = this.host.seq()
        const turn = await this.api.events(session, before)
        if (session !== this.host.session()) return null
        this.host.take(turn)
        if (turn.messages.length < EVENTS_PAGE || this.host.seq() === before) return null
      }
    } catch (error) {
      if (session !== this.host.session()) return null
      return error instanceof Failure ? error.kind : 'busy'
    } finally {
      this.fetching = false
    }
  }

  private async poll(): Promise<void> {
    this.timers.disarm('poll')
    const failed = await this.fetch()
    if (!this.active) return
    this.host.polled(failed)
    if (!this.active) return
    this.timers.arm('poll', this.host.busy() ? POLL_BUSY_MS : POLL_QUIET_MS, () => void this.poll())
  }
}

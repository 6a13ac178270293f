import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest'
import { Failure } from '../src/protocol/api'
import { ACK_TIMEOUT_MS, PATIENCE_MS } from '../src/protocol/conversation'
import { MemoryStore } from '../src/protocol/outbox'
import { SENTENCES } from '../src/protocol/sentences'
import { HELLO_TIMEOUT_MS, PING_EVERY_MS, PONG_TIMEOUT_MS } from '../src/protocol/transport'
import { message, Scene } from './fakes'

beforeEach(() => {
  vi.useFakeTimers({ now: new Date('2026-11-22T09:00:00Z') })
})
afterEach(() => {
  vi.useRealTimers()
})

describe('the live line', () => {
  test('nothing is opened before the first message', () => {
    const scene = new Scene()
    scene.conversation.start()
    expect([scene.api.opened, scene.sockets.length, scene.view.connection]).toEqual([0, 0, 'idle'])
  })

  test('a message goes out, is acknowledged, confirmed and answered, each shown once', async () => {
    const scene = new Scene()
    const socket = await scene.live('医保断缴')
    expect(socket.sent[0]).toEqual({ type: 'hello', token: 't1', after: 0 })
    expect(socket.messages()).toEqual([{ type: 'message', client_message_id: 'm1', text: '医保断缴' }])
    expect(scene.texts).toEqual(['医保断缴 [sending]'])
    socket.say({ type: 'ack', client_message_id: 'm1' })
    expect([scene.texts, scene.view.unsent, scene.view.typing]).toEqual([['医保断缴 [accepted]'], 0, true])
    socket.deliver(message(1, 'citizen', '医保断缴', 'm1'))
    socket.deliver(message(2, 'bot', '答案'))
    socket.deliver(message(2, 'bot', '答案'))
    expect([scene.texts, scene.view.typing]).toEqual([['医保断缴', '答案'], false])
  })

  test('an answer that overtakes acknowledgement and typing leaves no typing behind', async () => {
    const scene = new Scene()
    const socket = await scene.live('一')
    socket.deliver(message(1, 'citizen', '一', 'm1'))
    socket.deliver(message(2, 'bot', '答一'))
    socket.say({ type: 'ack', client_message_id: 'm1' })
    socket.say({ type: 'typing' })
    expect([scene.view.typing, scene.texts]).toEqual([false, ['一', '答一']])
  })

  test('messages go one at a time and in order', async () => {
    const scene = new Scene()
    const socket = await scene.live('一')
    scene.conversation.send('二')
    expect(socket.messages()).toHaveLength(1)
    socket.say({ type: 'ack', client_message_id: 'm1' })
    expect(socket.messages().map((frame) => (frame as { text: string }).text)).toEqual(['一', '二'])
  })

  test('after a lost line it resumes behind the last known place and sends the unconfirmed again', async () => {
    const scene = new Scene()
    const first = await scene.live('一')
    first.say({ type: 'ack', client_message_id: 'm1' })
    first.deliver(message(1, 'citizen', '一', 'm1'))
    first.deliver(message(2, 'bot', '答一'))
    scene.conversation.send('二')
    first.break()
    expect(scene.texts).toEqual(['一', '答一', '二 [waiting]'])
    await vi.advanceTimersByTimeAsync(1_000)
    scene.socket.accept()
    expect(scene.sockets).toHaveLength(2)
    expect(scene.socket.sent).toEqual([
      { type: 'hello', token: 't1', after: 2 },
      { type: 'message', client_message_id: 'm2', text: '二' },
    ])
    // A late word on the old line changes nothing.
    first.deliver(message(3, 'bot', '迟到'))
    expect(scene.texts).toEqual(['一', '答一', '二 [sending]'])
  })

  test('a lost acknowledgement: the record that comes back settles the message, it is not sent again', async () => {
    const scene = new Scene()
    const first = await scene.live('一')
    first.break()
    await vi.advanceTimersByTimeAsync(1_000)
    scene.socket.open()
    scene.socket.deliver(message(1, 'citizen', '一', 'm1'))
    scene.socket.say({ type: 'state', owner: 'bot', epoch: 1, last_seq: 1 })
    expect(scene.socket.messages()).toEqual([])
    expect(scene.texts).toEqual(['一'])
  })

  test('no acknowledgement in time: the line is given up and the message sent on the next', async () => {
    const scene = new Scene()
    const first = await scene.live('一')
    await vi.advanceTimersByTimeAsync(ACK_TIMEOUT_MS)
    expect(first.closed).toBe(true)
    await vi.advanceTimersByTimeAsync(1_000)
    scene.socket.accept()
    expect(scene.socket.messages()).toHaveLength(1)
  })

  test('a silent line is found by ping and replaced', async () => {
    const scene = new Scene()
    const first = await scene.live()
    first.say({ type: 'ack', client_message_id: 'm1' })
    await vi.advanceTimersByTimeAsync(PING_EVERY_MS)
    expect(first.sent.slice(-1)[0]).toEqual({ type: 'ping' })
    first.say({ type: 'pong' })
    await vi.advanceTimersByTimeAsync(PING_EVERY_MS + PONG_TIMEOUT_MS)
    expect(first.closed).toBe(true)
  })

  test('a gap is filled by a plain call, and nothing is shown out of order', async () => {
    const scene = new Scene()
    const socket = await scene.live('一')
    scene.api.kept = [message(1, 'citizen', '一', 'm1'), message(2, 'bot', '答一'), message(3, 'bot', '答二')]
    socket.deliver(message(3, 'bot', '答二'))
    expect(scene.texts).toEqual(['一 [sending]'])
    await scene.settle()
    expect(scene.texts).toEqual(['一', '答一', '答二'])
  })

  test('unknown and broken frames are passed over', async () => {
    const scene = new Scene()
    const socket = await scene.live('一')
    socket.onmessage?.({ data: '{not json' })
    socket.say({ type: 'novelty' })
    socket.say({ type: 'message', message: { seq: 'x' } })
    expect(scene.texts).toEqual(['一 [sending]'])
  })
})

describe('without a live line', () => {
  test('a message does not wait for a line that will not come', async () => {
    const scene = new Scene()
    scene.conversation.send('一')
    await scene.settle()
    await vi.advanceTimersByTimeAsync(PATIENCE_MS)
    expect(scene.api.posts).toEqual([{ session: 'c1', id: 'm1', text: '一' }])
    expect(scene.texts).toEqual(['一', '答：一'])
    expect(scene.view.connection).toBe('polling')
  })

  test('after two failures it polls, shows what others say, and goes back to the line when that comes up', async () => {
    const scene = new Scene()
    scene.conversation.send('一')
    await scene.settle()
    scene.socket.break()
    await vi.advanceTimersByTimeAsync(1_000)
    scene.socket.break()
    await scene.settle()
    expect(scene.texts).toEqual(['一', '答：一'])
    scene.api.kept.push(message(3, 'agent', '我是工作人员'))
    await vi.advanceTimersByTimeAsync(15_000)
    expect(scene.texts.slice(-1)[0]).toBe('我是工作人员')
    scene.socket.accept()
    const polled = scene.api.asked.length
    expect(scene.view.connection).toBe('live')
    await vi.advanceTimersByTimeAsync(20_000)
    expect(scene.api.asked).toHaveLength(polled)
  })

  test('a server that never answers the hello counts as no line', async () => {
    const scene = new Scene()
    scene.conversation.send('一')
    await scene.settle()
    scene.socket.open()
    await vi.advanceTimersByTimeAsync(HELLO_TIMEOUT_MS)
    expect(scene.sockets[0]?.closed).toBe(true)
    expect(scene.texts).toEqual(['一', '答：一'])
  })
})

describe('offline', () => {
  test('what is written offline is kept, said honestly, and sent when the network is back', async () => {
    const scene = new Scene()
    scene.api.offline = true
    scene.conversation.send('一')
    scene.conversation.send('二')
    await scene.settle()
    expect([scene.view.connection, scene.view.unsent]).toEqual(['offline', 2])
    expect(scene.texts).toEqual(['一 [waiting]', '二 [waiting]'])
    scene.api.offline = false
    scene.conversation.wake()
    await scene.settle()
    scene.socket.accept()
    scene.socket.say({ type: 'ack', client_message_id: 'm1' })
    scene.socket.say({ type: 'ack', client_message_id: 'm2' })
    expect([scene.view.connection, scene.view.unsent]).toEqual(['live', 0])
    expect(scene.socket.messages()).toHaveLength(2)
  })

  test('a closed page loses nothing: the next visit goes on with conversation and unsent message', async () => {
    const store = new MemoryStore()
    const before = new Scene(store)
    const socket = await before.live('一')
    socket.break()
    const after = new Scene(store)
    after.conversation.start()
    expect(after.view.restoring).toBe(true)
    after.socket.accept()
    expect(after.socket.sent).toEqual([
      { type: 'hello', token: 't1', after: 0 },
      { type: 'message', client_message_id: 'm1', text: '一' },
    ])
    expect(after.view.restoring).toBe(false)
  })

  test('the browser says offline: believed at once', async () => {
    const scene = new Scene()
    const socket = await scene.live()
    scene.conversation.sleep()
    expect([scene.view.connection, socket.closed]).toEqual(['offline', true])
    scene.conversation.wake()
    scene.socket.accept()
    expect(scene.view.connection).toBe('live')
  })
})

describe('expiry and the end', () => {
  test('an expired token: one honest line, old words stay, the unsent goes to a new conversation', async () => {
    const scene = new Scene()
    const socket = await scene.live('一')
    socket.say({ type: 'ack', client_message_id: 'm1' })
    socket.deliver(message(1, 'citizen', '一', 'm1'))
    socket.deliver(message(2, 'bot', '答一'))
    scene.conversation.send('二')
    socket.break(4401)
    await scene.settle()
    scene.socket.accept()
    expect(scene.socket.sent).toEqual([
      { type: 'hello', token: 't2', after: 0 },
      { type: 'message', client_message_id: 'm2', text: '二' },
    ])
    scene.socket.deliver(message(1, 'citizen', '二', 'm2'))
    expect(scene.texts).toEqual(['一', '答一', `-- ${SENTENCES.expiredResend}`, '二'])
  })

  test('with nothing unsent the new conversation waits for the next message', async () => {
    const scene = new Scene()
    const socket = await scene.live('一')
    socket.say({ type: 'ack', client_message_id: 'm1' })
    socket.deliver(message(1, 'citizen', '一', 'm1'))
    socket.break(4401)
    await vi.advanceTimersByTimeAsync(60_000)
    expect([scene.api.opened, scene.texts.slice(-1)[0]]).toEqual([1, `-- ${SENTENCES.expired}`])
    scene.conversation.send('二')
    await scene.settle()
    expect(scene.api.opened).toBe(2)
  })

  test('an accepted message whose answer never came says so', async () => {
    const scene = new Scene()
    const socket = await scene.live('一')
    socket.say({ type: 'ack', client_message_id: 'm1' })
    socket.break(4404)
    expect(scene.texts[0]).toBe('一 [unanswered]')
  })

  test('a server whose tokens never work is not flooded with new conversations', async () => {
    const scene = new Scene()
    await scene.live('一')
    for (let round = 0; round < 20; round += 1) {
      scene.socket.break(4401)
      await vi.advanceTimersByTimeAsync(500)
    }
    expect(scene.api.opened).toBeLessThan(8)
  })

  test('closing offers the rating; the next message begins anew', async () => {
    const scene = new Scene()
    await scene.live('一')
    scene.socket.say({ type: 'ack', client_message_id: 'm1' })
    scene.socket.deliver(message(1, 'citizen', '一', 'm1'))
    scene.api.kept = [message(1, 'citizen', '一', 'm1')]
    await scene.conversation.close()
    expect([scene.view.closed, scene.view.rating, scene.view.open]).toEqual([true, 'offered', false])
    await scene.conversation.rate(5, '')
    expect(scene.view.rating).toBe('sent')
    scene.conversation.send('二')
    await scene.settle()
    expect([scene.api.opened, scene.view.closed, scene.view.rating]).toEqual([2, false, 'none'])
    expect(scene.texts).toEqual(['一', '咨询已结束', `-- ${SENTENCES.closedResend}`, '二 [waiting]'])
  })

  test('closing without a network fails openly and changes nothing', async () => {
    const scene = new Scene()
    await scene.live('一')
    scene.api.offline = true
    await expect(scene.conversation.close()).rejects.toMatchObject({ kind: 'offline' })
    expect(scene.view.closed).toBe(false)
  })
})

describe('refusals', () => {
  test('too fast: a gentle sentence, then it goes out by itself', async () => {
    const scene = new Scene()
    const socket = await scene.live('一')
    socket.say({ type: 'error', error: { code: 'too_many', message: '慢' }, client_message_id: 'm1', retry_after: 7 })
    expect(scene.view.pause).toBe(SENTENCES.slowDown(7))
    scene.conversation.wake()
    expect(socket.messages()).toHaveLength(1)
    await vi.advanceTimersByTimeAsync(7_000)
    expect([scene.view.pause, socket.messages().length]).toEqual(['', 2])
  })

  test('too fast by a plain call, with Retry-After', async () => {
    const scene = new Scene()
    scene.conversation.send('一')
    await scene.settle()
    scene.api.failures.push(new Failure('slow-down', '慢', 4))
    await vi.advanceTimersByTimeAsync(PATIENCE_MS)
    expect(scene.view.pause).toBe(SENTENCES.slowDown(4))
    await vi.advanceTimersByTimeAsync(4_000)
    expect(scene.texts).toEqual(['一', '答：一'])
  })

  test('a refused message says why, lets the next one pass, and can be retried or dropped', async () => {
    const scene = new Scene()
    const socket = await scene.live('一')
    scene.conversation.send('二')
    socket.say({ type: 'error', error: { code: 'bad_text', message: '不能发送' }, client_message_id: 'm1' })
    expect(socket.messages()).toHaveLength(2)
    expect(scene.texts).toEqual(['一 [refused]', '二 [sending]'])
    expect(scene.view.unsent).toBe(1)
    socket.say({ type: 'ack', client_message_id: 'm2' })
    scene.conversation.retry('m1')
    expect(socket.messages()).toHaveLength(3)
    socket.say({ type: 'error', error: { code: 'bad_text', message: '不能发送' }, client_message_id: 'm1' })
    scene.conversation.discard('m1')
    expect(scene.texts).toEqual(['二 [accepted]'])
  })

  test('any error with a time to come back is no refusal', async () => {
    const scene = new Scene()
    const socket = await scene.live('一')
    const error = { code: 'database_unavailable', message: '忙' }
    socket.say({ type: 'error', error, client_message_id: 'm1', retry_after: 2 })
    expect([scene.view.pause, scene.texts]).toEqual([SENTENCES.busy, ['一 [waiting]']])
  })

  test('typing is not shown while a person is waited for', async () => {
    const scene = new Scene()
    const socket = await scene.live('一')
    socket.say({ type: 'state', owner: 'queue:general', epoch: 2, last_seq: 1 })
    socket.say({ type: 'ack', client_message_id: 'm1' })
    socket.say({ type: 'typing' })
    expect(scene.view.typing).toBe(false)
  })

  test('a busy server is asked again, later each time', async () => {
    const scene = new Scene()
    const socket = await scene.live('一')
    socket.say({ type: 'error', error: { code: 'unavailable', message: '忙' }, client_message_id: 'm1' })
    expect([scene.view.pause, scene.texts]).toEqual([SENTENCES.busy, ['一 [waiting]']])
    await vi.advanceTimersByTimeAsync(1_000)
    expect(socket.messages()).toHaveLength(2)
    socket.say({ type: 'error', error: { code: 'unavailable', message: '忙' }, client_message_id: 'm1' })
    await vi.advanceTimersByTimeAsync(1_000)
    expect(socket.messages()).toHaveLength(2)
    await vi.advanceTimersByTimeAsync(1_000)
    expect(socket.messages()).toHaveLength(3)
  })
})

test('random interleavings: every message ends up on the page once, in order', async () => {
  for (let seed = 1; seed <= 25; seed += 1) {
    let state = seed
    const chance = (): number => (state = (state * 48271) % 2147483647) / 2147483647
    const scene = new Scene()
    const deliver = (): void => {
      const socket = scene.sockets.slice(-1)[0]
      if (!socket || socket.closed) return
      for (const frame of socket.messages() as { client_message_id: string; text: string }[]) {
        const known = scene.api.kept.find((held) => held.clientMessageId === frame.client_message_id)
        if (!known && chance() < 0.8) {
          const said = message(scene.api.kept.length + 1, 'citizen', frame.text, frame.client_message_id)
          scene.api.kept.push(said)
          if (chance() < 0.7) socket.deliver(said)
        }
        if (scene.api.kept.some((held) => held.clientMessageId === frame.client_message_id) && chance() < 0.6) {
          socket.say({ type: 'ack', client_message_id: frame.client_message_id })
        }
      }
    }
    for (let step = 0; step < 40; step += 1) {
      const roll = chance()
      if (roll < 0.2 && step < 25) scene.conversation.send(`第${step}句`)
      else if (roll < 0.35) scene.sockets.slice(-1)[0]?.break()
      else if (roll < 0.6) scene.sockets.slice(-1)[0]?.accept()
      else if (roll < 0.8) deliver()
      else await vi.advanceTimersByTimeAsync(Math.round(chance() * 4_000))
    }
    await vi.advanceTimersByTimeAsync(300_000)
    const said = scene.api.kept.filter((held) => held.author === 'citizen').map((held) => held.text)
    const sent = [...new Set(said)]
    expect(said, `seed ${seed}`).toEqual(sent)
    expect(scene.texts.filter((text) => text.startsWith('第'))).toEqual(said)
    expect(scene.view.unsent, `seed ${seed}`).toBe(0)
  }
}, 60_000)

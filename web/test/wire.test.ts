import { describe, expect, test } from 'vitest'
import { failureOf } from '../src/protocol/api'
import { backoff } from '../src/protocol/transport'
import { readEntry, readFrame, readMessage, readPortal } from '../src/protocol/wire'

describe('what the server says', () => {
  test('a message with everything', () => {
    const read = readMessage({
      seq: 4,
      at: '2026-11-22T09:00:00+00:00',
      author: 'bot',
      type: 'card',
      text: '这样办',
      options: [{ label: '甲', value: '甲值' }],
      card: { title: '题', rows: [['费用', '无'], ['空', '']], steps: ['一'], materials: ['证'] },
      sources: [{ entry_id: 'e', version: 3, title: '题', basis: [{ law: '社会保险法', article: '第一条' }], effective_from: null }],
    })
    expect(read).toMatchObject({ seq: 4, options: [{ label: '甲', value: '甲值' }], card: { rows: [['费用', '无']] } })
    expect(read?.sources[0]).toMatchObject({ entryId: 'e', version: '3', effectiveFrom: '' })
  })

  test.each([null, 1, 'x', [], {}, { seq: 0 }, { seq: 1.5 }, { seq: '1' }])('%j is no message', (value) => {
    expect(readMessage(value)).toBeNull()
  })

  test('strange fields become harmless ones', () => {
    const odd = readMessage({ seq: 1, author: 'root', type: 'html', text: {}, options: 'x', card: 5, sources: [null] })
    expect(odd).toMatchObject({ author: 'system', type: 'text', text: '', options: [], card: { rows: [] } })
    expect(readPortal(null)).toMatchObject({ popular: [], textLimit: 1000 })
    expect(readEntry([]).steps).toEqual([])
    expect(readFrame('[]')).toBeNull()
    expect(readFrame(undefined)).toBeNull()
  })

  test('channels of an entry keep their order, empty ones are left out', () => {
    const read = readEntry({ channels: { online: '网', window: '', phone: '12393' } })
    expect(read.channels).toEqual([['online', '网'], ['phone', '12393']])
  })
})

test.each([
  [429, '', 'slow-down'],
  [401, '', 'expired'],
  [404, '', 'expired'],
  [409, 'conversation_closed', 'stale'],
  [503, 'unavailable', 'busy'],
  [502, '', 'busy'],
  [400, 'bad_text', 'refused'],
  [413, 'too_large', 'refused'],
] as const)('status %i %s means %s', (status, code, kind) => {
  expect(failureOf(status, code, '').kind).toBe(kind)
})

test('the back-off grows, has jitter and an upper bound', () => {
  expect([backoff(0, 1), backoff(1, 1), backoff(3, 1), backoff(50, 1)]).toEqual([500, 1_000, 4_000, 30_000])
  expect(backoff(3, 0)).toBe(2_000)
})

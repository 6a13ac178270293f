import { describe, expect, test } from 'vitest'
import { KEEP_MS, MemoryStore, Outbox } from '../src/protocol/outbox'

describe('outbox', () => {
  test('keeps the order over a reload, also within one millisecond', () => {
    const store = new MemoryStore()
    const first = new Outbox(store, 0)
    for (const id of ['a', 'b', 'c']) first.add(id, id, 5)
    expect(new Outbox(store, 10).all().map((item) => item.id)).toEqual(['a', 'b', 'c'])
  })

  test('two open pages do not overwrite each other', () => {
    const store = new MemoryStore()
    const one = new Outbox(store, 0)
    const two = new Outbox(store, 0)
    one.add('a', '甲', 1)
    two.add('b', '乙', 2)
    one.remove('a')
    expect(new Outbox(store, 10).all().map((item) => item.text)).toEqual(['乙'])
  })

  test('a refused message is not next until it is retried', () => {
    const store = new MemoryStore()
    const box = new Outbox(store, 0)
    box.add('a', '甲', 1)
    box.add('b', '乙', 2)
    box.refuse('a', '不行')
    expect(box.next()?.id).toBe('b')
    expect(new Outbox(store, 3).all()[0]?.refused).toBe('不行')
    box.retry('a')
    expect(box.next()?.id).toBe('a')
  })

  test('what is too old or broken is dropped', () => {
    const store = new MemoryStore()
    new Outbox(store, 0).add('old', '旧', 0)
    store.setItem('huichuang.out.bad', '{')
    store.setItem('else', 'kept')
    expect(new Outbox(store, KEEP_MS + 1).all()).toEqual([])
    expect([store.length, store.getItem('else')]).toEqual([1, 'kept'])
  })

  test('a full storage does not lose the message of this page', () => {
    const store = new MemoryStore()
    store.setItem = () => {
      throw new DOMException('full', 'QuotaExceededError')
    }
    const box = new Outbox(store, 0)
    box.add('a', '甲', 1)
    expect(box.next()?.text).toBe('甲')
  })
})

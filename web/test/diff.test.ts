import { describe, expect, it } from 'vitest'
import { compare, linesOf } from '../src/staff/knowledge/diff'

describe('the difference of two versions', () => {
  it('keeps what stayed and names what went and came', () => {
    expect(compare(['一', '二', '三'], ['一', '三', '四'])).toEqual([
      { kind: 'same', text: '一' },
      { kind: 'gone', text: '二' },
      { kind: 'same', text: '三' },
      { kind: 'new', text: '四' },
    ])
    expect(compare([], ['新'])).toEqual([{ kind: 'new', text: '新' }])
    expect(compare(['旧'], [])).toEqual([{ kind: 'gone', text: '旧' }])
    expect(compare([], [])).toEqual([])
  })

  it('reads every kind of field as lines', () => {
    expect(linesOf('一\n二')).toEqual(['一', '二'])
    expect(linesOf(null)).toEqual([])
    expect(linesOf(true)).toEqual(['是'])
    expect(linesOf(['甲', '乙'])).toEqual(['甲', '乙'])
    expect(linesOf({ phone: '12345', app: '' })).toEqual(['phone: 12345'])
    expect(linesOf([{ law: '社会保险法', article: '第四条' }])).toEqual(['law: 社会保险法；article: 第四条'])
  })
})

import { describe, expect, test } from 'vitest'
import { chineseDate, clockTime, lawTitle, linked, plainText, sourceNote } from '../src/window/format'
import { luminance, readChoices } from '../embed/choices'
import { message } from './fakes'

const hrefs = (text: string): string[] => linked(text).map((part) => part.href).filter(Boolean)

describe('phone numbers and addresses', () => {
  test.each([
    ['请拨打 12345 咨询', ['tel:12345']],
    ['电话0571-88888888。', ['tel:057188888888']],
    ['紧急请打 110、120', ['tel:110', 'tel:120']],
    ['网址 https://www.zjzwfw.gov.cn，点开', ['https://www.zjzwfw.gov.cn']],
  ])('%s', (text, expected) => {
    expect(hrefs(text)).toEqual(expected)
  })

  test.each(['每月 110 元', '共120日', '第110条', '编号 2012345', '12345人', '1.120', 'javascript:alert(1)'])(
    '%s has none',
    (text) => {
      expect(hrefs(text)).toEqual([])
    },
  )

  test('the pieces together are the text', () => {
    const text = '先打 12333，再看 http://a.cn/x。共 3 步'
    expect(linked(text).map((part) => part.text).join('')).toBe(text)
  })
})

test('dates, laws and notes', () => {
  expect(chineseDate('2011-07-01')).toBe('2011年7月1日')
  expect(chineseDate('长期')).toBe('长期')
  expect(lawTitle({ law: '社会保险法', article: '第一条', quote: '' })).toBe('《社会保险法》第一条')
  expect(lawTitle({ law: '《办法》', article: '', quote: '' })).toBe('《办法》')
  const source = { entryId: 'e', version: '3', title: '题', basis: [], effectiveFrom: '2011-07-01' }
  expect(sourceNote(source)).toBe('2011年7月1日起施行 · 第 3 版')
  expect(plainText({ ...message(1, 'bot', '答'), sources: [source] }, true)).toContain('依据：题')
  expect(clockTime('bad', new Date())).toBe('')
})

describe('a portal chooses', () => {
  test('what fits is taken', () => {
    const choices = readChoices({ color: '#ffcc00', position: 'left', bottom: '80', label: ' 问一问 ' })
    expect(choices).toEqual({ label: '问一问', side: 'left', bottom: 80, color: '#ffcc00', onColor: '#000000' })
  })

  test('what does not fit falls back', () => {
    const choices = readChoices({ color: 'red;background:url(x)', position: 'top', bottom: '-5', label: '' })
    expect(choices).toEqual({ label: '智能咨询', side: 'right', bottom: 24, color: '#0a5766', onColor: '#ffffff' })
  })

  test('the words on the button always reach 4.5:1', () => {
    for (let grey = 0; grey < 256; grey += 1) {
      const hex = `#${grey.toString(16).padStart(2, '0').repeat(3)}`
      const light = luminance(hex)
      const ratio = readChoices({ color: hex }).onColor === '#ffffff' ? 1.05 / (light + 0.05) : (light + 0.05) / 0.05
      expect(ratio).toBeGreaterThanOrEqual(4.5)
    }
  })
})

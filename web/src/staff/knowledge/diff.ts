/** What changed between two lists of lines: the longest common subsequence stays, the rest went or came. */

export interface Line {
  kind: 'same' | 'gone' | 'new'
  text: string
}

/** A field's value as lines: text by its line breaks, lists one item a line, other things as `name: value`. */
export function linesOf(value: unknown): string[] {
  if (value === null || value === undefined || value === '') return []
  if (typeof value === 'string') return value.split('\n')
  if (typeof value === 'boolean') return [value ? '是' : '否']
  if (Array.isArray(value)) return value.map((item) => linesOf(item).join('；'))
  if (typeof value === 'object') {
    return Object.entries(value)
      .filter(([, part]) => part !== '' && part !== null)
      .map(([name, part]) => `${name}: ${linesOf(part).join('；')}`)
  }
  return [String(value)]
}

export function compare(from: string[], to: string[]): Line[] {
  const common = table(from, to)
  const lines: Line[] = []
  let i = 0
  let j = 0
  while (i < from.length || j < to.length) {
    if (i < from.length && j < to.length && from[i] === to[j]) {
      lines.push({ kind: 'same', text: from[i++]! })
      j++
    } else if (j >= to.length || (i < from.length && common[i + 1]![j]! >= common[i]![j + 1]!)) {
      lines.push({ kind: 'gone', text: from[i++]! })
    } else {
      lines.push({ kind: 'new', text: to[j++]! })
    }
  }
  return lines
}

/** common[i][j]: length of the longest common subsequence of from[i..] and to[j..]. */
function table(from: string[], to: string[]): number[][] {
  const common = Array.from({ length: from.length + 1 }, () => new Array<number>(to.length + 1).fill(0))
  for (let i = from.length - 1; i >= 0; i--) {
    for (let j = to.length - 1; j >= 0; j--) {
      common[i]![j] = from[i] === to[j] ? common[i + 1]![j + 1]! + 1 : Math.max(common[i + 1]![j]!, common[i]![j + 1]!)
    }
  }
  return common
}

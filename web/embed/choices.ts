/** What a portal may choose by `data-*` attributes; anything unfit falls back, it never breaks the portal's page. */

export interface Choices {
  label: string
  side: 'left' | 'right'
  /** Distance from the lower edge in px, 0..400. */
  bottom: number
  color: string
  /** Black or white, whichever reads better on `color`. */
  onColor: string
}

const COLOR = '#0a5766'
const LABEL = '智能咨询'

export function readChoices(data: Record<string, string | undefined>): Choices {
  const color = /^#[0-9a-f]{6}$/i.test(data.color ?? '') ? (data.color as string) : COLOR
  const bottom = Number(data.bottom)
  return {
    label: (data.label ?? '').trim().slice(0, 12) || LABEL,
    side: data.position === 'left' ? 'left' : 'right',
    bottom: data.bottom !== undefined && bottom >= 0 && bottom <= 400 ? bottom : 24,
    color,
    onColor: luminance(color) > 0.179 ? '#000000' : '#ffffff',
  }
}

/** Relative luminance (WCAG 2.2); at 0.179 black and white have the same contrast, 4.58:1. */
export function luminance(hex: string): number {
  const channel = (at: number): number => {
    const value = parseInt(hex.slice(at, at + 2), 16) / 255
    return value <= 0.04045 ? value / 12.92 : ((value + 0.055) / 1.055) ** 2.4
  }
  return 0.2126 * channel(1) + 0.7152 * channel(3) + 0.0722 * channel(5)
}

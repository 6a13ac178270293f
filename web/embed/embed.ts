/**
 * Puts the citizen window into a portal's page: `<script src="https://HOST/embed.js" async></script>`.
 *
 * Everything lives in a closed shadow tree below <html>, so neither page styles the other and a transformed or
 * clipped <body> does not move it. The window is loaded only when somebody opens it, and never opens by itself.
 */

import { readChoices, type Choices } from './choices'
import { STYLE } from './style'

const TAG = 'huichuang-window'

function element<Name extends keyof HTMLElementTagNameMap>(
  name: Name,
  className: string,
  attributes: Record<string, string>,
): HTMLElementTagNameMap[Name] {
  const made = document.createElement(name)
  made.className = className
  for (const [key, value] of Object.entries(attributes)) made.setAttribute(key, value)
  return made
}

/** `attachShadow` styles through constructed sheets: allowed under a portal's `style-src 'self'`. */
function dress(shadow: ShadowRoot): void {
  try {
    const sheet = new CSSStyleSheet()
    sheet.replaceSync(STYLE)
    shadow.adoptedStyleSheets = [sheet]
  } catch {
    const style = document.createElement('style')
    style.textContent = STYLE
    shadow.append(style)
  }
}

function icon(path: string): SVGSVGElement {
  const svg = document.createElementNS('http://www.w3.org/2000/svg', 'svg')
  svg.setAttribute('viewBox', '0 0 24 24')
  svg.setAttribute('aria-hidden', 'true')
  const line = document.createElementNS('http://www.w3.org/2000/svg', 'path')
  line.setAttribute('d', path)
  svg.append(line)
  return svg
}

class PortalWindow {
  private readonly host = document.createElement(TAG)
  private readonly launcher: HTMLButtonElement
  private readonly badge = element('span', 'badge', { hidden: '' })
  private readonly panel: HTMLDivElement
  private frame: HTMLIFrameElement | null = null
  private ready = false

  constructor(
    private readonly server: URL,
    private readonly choices: Choices,
  ) {
    const label = choices.label
    this.launcher = element('button', 'launcher', {
      type: 'button',
      'aria-expanded': 'false',
      'aria-haspopup': 'dialog',
      'aria-controls': 'window',
    })
    const words = element('span', 'words', {})
    words.textContent = label
    this.launcher.append(icon('M4 5h16v11H11l-5 4v-4H4z'), words, this.badge)
    this.panel = element('div', 'panel', { id: 'window', role: 'dialog', 'aria-label': label, hidden: '' })
    this.panel.append(this.bar(label))
    this.build()
  }

  private bar(label: string): HTMLElement {
    const bar = element('div', 'bar', {})
    const title = element('strong', 'title', {})
    title.textContent = label
    const close = element('button', 'close', { type: 'button', 'aria-label': `关闭${label}` })
    close.append(icon('M6 6l12 12M18 6L6 18'))
    close.addEventListener('click', () => this.close())
    bar.append(title, close)
    return bar
  }

  private build(): void {
    const shadow = this.host.attachShadow({ mode: 'closed' })
    dress(shadow)
    const box = element('div', `box ${this.choices.side}`, {})
    box.style.setProperty('--color', this.choices.color)
    box.style.setProperty('--on-color', this.choices.onColor)
    box.style.setProperty('--bottom', `${this.choices.bottom}px`)
    box.append(this.panel, this.launcher)
    shadow.append(box)
    // The portal's own rules may say `* { display: none !important }` or give every element a size: these win.
    for (const [name, value] of [['all', 'initial'], ['display', 'block'], ['position', 'static']] as const) {
      this.host.style.setProperty(name, value, 'important')
    }
    this.launcher.addEventListener('click', () => (this.panel.hidden ? this.open() : this.close()))
    box.addEventListener('keydown', (event) => {
      if (event.key !== 'Escape' || this.panel.hidden) return
      event.stopPropagation()
      this.close()
    })
    window.addEventListener('message', (event) => this.hear(event))
    document.documentElement.append(this.host)
  }

  private open(): void {
    this.frame ??= this.load()
    this.panel.hidden = false
    this.launcher.setAttribute('aria-expanded', 'true')
    this.badge.hidden = true
    this.frame.focus()
    this.tell('shown')
  }

  private load(): HTMLIFrameElement {
    const address = new URL('./', this.server)
    address.searchParams.set('embed', window.location.origin)
    const frame = element('iframe', 'frame', {
      title: this.choices.label,
      src: address.toString(),
      allow: 'clipboard-write',
      referrerpolicy: 'origin',
    })
    this.panel.append(frame)
    return frame
  }

  private close(): void {
    this.panel.hidden = true
    this.launcher.setAttribute('aria-expanded', 'false')
    this.tell('hidden')
    this.launcher.focus()
  }

  private tell(type: 'shown' | 'hidden'): void {
    if (this.ready) this.frame?.contentWindow?.postMessage({ huichuang: 1, type }, this.server.origin)
  }

  /** Only our own frame, and only while it shows our own server, is listened to. */
  private hear(event: MessageEvent<unknown>): void {
    if (!this.frame || event.source !== this.frame.contentWindow || event.origin !== this.server.origin) return
    const data = event.data as { huichuang?: unknown; type?: unknown; count?: unknown } | null
    if (data?.huichuang !== 1) return
    if (data.type === 'ready') {
      this.ready = true
      this.tell(this.panel.hidden ? 'hidden' : 'shown')
    } else if (data.type === 'close') {
      if (!this.panel.hidden) this.close()
    } else if (data.type === 'unread' && typeof data.count === 'number') {
      this.unread(data.count)
    }
  }

  private unread(count: number): void {
    this.badge.hidden = count < 1 || !this.panel.hidden
    this.badge.textContent = count > 99 ? '99+' : String(Math.floor(count))
    this.badge.setAttribute('aria-label', `${this.badge.textContent} 条新消息`)
  }
}

function begin(): void {
  const script = document.currentScript
  if (!(script instanceof HTMLScriptElement) || !script.src) return
  // Two script lines, or a portal that swaps pages without reloading, still make one window.
  if (document.querySelector(TAG)) return
  const make = (): void => {
    if (!document.querySelector(TAG)) new PortalWindow(new URL(script.src), readChoices(script.dataset))
  }
  if (document.readyState === 'loading') document.addEventListener('DOMContentLoaded', make, { once: true })
  else make()
}

begin()

/**
 * Talking with the portal page that shows this window in a frame (see embed/embed.ts and docs/embed.md).
 *
 * embed.js puts the portal's origin into the address. Messages are taken only from the parent window and only from
 * that origin; ours go to that origin only. Who may frame the window at all is decided by the server's
 * `frame-ancestors`, not here.
 */

function parentOrigin(): string {
  if (window.parent === window) return ''
  const told = new URLSearchParams(window.location.search).get('embed') ?? ''
  try {
    const { origin, protocol } = new URL(told)
    return protocol === 'https:' || protocol === 'http:' ? origin : ''
  } catch {
    return ''
  }
}

const origin = parentOrigin()

export const embedded = origin !== ''

function tell(message: { type: 'ready' | 'close' } | { type: 'unread'; count: number }): void {
  if (embedded) window.parent.postMessage({ huichuang: 1, ...message }, origin)
}

export const closeFrame = (): void => tell({ type: 'close' })
export const tellUnread = (count: number): void => tell({ type: 'unread', count })

/** `shown` is told when the portal's visitor opens or hides the window. */
export function joinFrame(shown: (visible: boolean) => void): void {
  if (!embedded) return
  window.addEventListener('message', (event: MessageEvent<unknown>) => {
    if (event.source !== window.parent || event.origin !== origin) return
    const data = event.data as { huichuang?: unknown; type?: unknown } | null
    if (data?.huichuang === 1 && (data.type === 'shown' || data.type === 'hidden')) shown(data.type === 'shown')
  })
  tell({ type: 'ready' })
}

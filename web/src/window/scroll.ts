/** Keeps the newest words in sight without pulling the page away from somebody who reads further up. */

import { ref, type Ref } from 'vue'

const NEAR_PX = 80

export function useScroll(box: Ref<HTMLElement | undefined>) {
  const atEnd = ref(true)
  /** Until the reader scrolls up by hand; our own moves only ever go down. */
  let following = true
  let lastTop = 0

  function onScroll(): void {
    const held = box.value
    if (!held) return
    atEnd.value = held.scrollHeight - held.scrollTop - held.clientHeight < NEAR_PX
    if (atEnd.value) following = true
    else if (held.scrollTop < lastTop - 2) following = false
    lastTop = held.scrollTop
  }

  function move(top: number): void {
    const held = box.value
    if (!held) return
    const calm = window.matchMedia('(prefers-reduced-motion: reduce)').matches
    held.scrollTo({ top, behavior: calm ? 'auto' : 'smooth' })
    atEnd.value = held.scrollHeight - top - held.clientHeight < NEAR_PX
  }

  function toEnd(): void {
    following = true
    if (box.value) move(box.value.scrollHeight)
  }

  function topOf(element: Element): number {
    const held = box.value
    return held ? element.getBoundingClientRect().top - held.getBoundingClientRect().top + held.scrollTop - 12 : 0
  }

  function toTopOf(selector: string): void {
    const found = box.value?.querySelector(selector)
    if (found) move(topOf(found))
  }

  /** A long answer is shown from its beginning: the citizen's last question, or an agent's words, stay at the top. */
  function follow(): void {
    const held = box.value
    if (!held) return
    const anchors = held.querySelectorAll('.message.citizen, .message.agent')
    const last = anchors[anchors.length - 1]
    const end = held.scrollHeight - held.clientHeight
    if (following) move(Math.min(end, last ? Math.max(topOf(last), held.scrollTop) : end))
    else onScroll()
  }

  return { atEnd, toEnd, toTopOf, follow, onScroll }
}

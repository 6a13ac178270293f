/** Keeps the newest words in sight without pulling the page away from somebody who reads further up. */

import { ref, type Ref } from 'vue'

const NEAR_PX = 120

export function useScroll(box: Ref<HTMLElement | undefined>) {
  const atEnd = ref(true)

  function onScroll(): void {
    const held = box.value
    if (held) atEnd.value = held.scrollHeight - held.scrollTop - held.clientHeight < NEAR_PX
  }

  function move(top: number): void {
    const calm = window.matchMedia('(prefers-reduced-motion: reduce)').matches
    box.value?.scrollTo({ top, behavior: calm ? 'auto' : 'smooth' })
  }

  function toEnd(): void {
    atEnd.value = true
    if (box.value) move(box.value.scrollHeight)
  }

  /** A long answer is shown from its beginning: the citizen's last question stays at the top. */
  function follow(): void {
    const held = box.value
    if (!held || !atEnd.value) return
    const questions = held.querySelectorAll<HTMLElement>('.message.citizen')
    const last = questions[questions.length - 1]
    const end = held.scrollHeight - held.clientHeight
    const question = last ? last.getBoundingClientRect().top - held.getBoundingClientRect().top + held.scrollTop - 12 : end
    move(Math.min(end, Math.max(question, 0)))
  }

  return { atEnd, toEnd, follow, onScroll }
}

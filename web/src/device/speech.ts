/** Reading aloud, only where the device really has a Chinese voice. */

import { ref } from 'vue'
import { elder } from './elder'

const synthesis: SpeechSynthesis | undefined = window.speechSynthesis

export const canSpeak = ref(false)
/** Key of what is being read; empty when silent. */
export const speaking = ref('')

function chineseVoice(): SpeechSynthesisVoice | undefined {
  const voices = synthesis?.getVoices() ?? []
  const chinese = voices.filter((voice) => /^(zh|cmn)\b/i.test(voice.lang.replace('_', '-')))
  return chinese.find((voice) => /CN|Hans/i.test(voice.lang)) ?? chinese[0]
}

function look(): void {
  canSpeak.value = chineseVoice() !== undefined
}

// Voices are often loaded after the page.
synthesis?.addEventListener?.('voiceschanged', look)
look()

export function toggleSpeech(key: string, text: string): void {
  const stop = speaking.value === key
  silence()
  const voice = chineseVoice()
  if (stop || !synthesis || !voice) return
  const said = new SpeechSynthesisUtterance(text)
  said.voice = voice
  said.lang = voice.lang
  said.rate = elder.value ? 0.8 : 0.95
  said.onend = said.onerror = () => {
    if (speaking.value === key) speaking.value = ''
  }
  speaking.value = key
  synthesis.speak(said)
}

export function silence(): void {
  speaking.value = ''
  synthesis?.cancel()
}

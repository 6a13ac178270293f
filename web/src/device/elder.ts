/** 长者模式: 200 % type, high contrast. One class on the root element; everything else is in the style sheet. */

import { ref } from 'vue'
import { remember, store } from './store'

const KEY = 'huichuang.elder'

export const elder = ref(store.getItem(KEY) === '1')

function apply(): void {
  document.documentElement.classList.toggle('elder', elder.value)
}

export function toggleElder(): void {
  elder.value = !elder.value
  remember(KEY, elder.value ? '1' : '0')
  apply()
}

apply()

/** The composition point of the window: the real network, storage and chance. */

import { reactive, shallowRef } from 'vue'
import { newId } from '../device/random'
import { remember, store } from '../device/store'
import { HttpApi } from '../protocol/api'
import { Conversation } from '../protocol/conversation'
import { Outbox } from '../protocol/outbox'
import type { Socket } from '../protocol/transport'
import type { View } from '../protocol/view'

const here = new URL('.', window.location.href)
here.search = here.hash = ''

export const api = new HttpApi(here.toString())

export const conversation = new Conversation({
  api,
  outbox: new Outbox(store, Date.now()),
  store,
  openSocket: (address) => new WebSocket(address) as Socket,
  socketAddress: (id) => api.address(`conversations/${encodeURIComponent(id)}/ws`).replace(/^http/, 'ws'),
  newId,
  random: Math.random,
})

export const view = shallowRef<View>(conversation.view())
conversation.subscribe((next) => {
  view.value = next
})

/** 有用 / 没用 by message key, for this visit. */
export const verdicts = reactive(new Map<string, boolean>())

const DRAFT = 'huichuang.draft'

export const draft = {
  load: (): string => store.getItem(DRAFT) ?? '',
  save: (text: string): void => (text ? remember(DRAFT, text) : store.removeItem(DRAFT)),
}

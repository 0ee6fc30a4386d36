'use client'

import {io, type Socket} from 'socket.io-client'
import type {AppStore} from '@/store'
import {api} from '@/api'
import type {ImportSummary} from '@/types'
import {begin, disconnect, newFeed, receive, type LiveMessage, type Snapshot} from './protocol'
import {connectionChanged, importsLoaded, messagesCame} from './slice'

const POLL_MS = 3000
const POLL_AFTER_MS = 6000

/** One socket for the whole page; REST is polled while it cannot be had. */
export function startLive(store: AppStore): () => void {
  let feed = newFeed()
  let waiting: LiveMessage[] = []
  let frame = 0
  let poll: ReturnType<typeof setInterval> | undefined
  const socket: Socket = io({transports: ['websocket'], reconnectionDelayMax: 2000, timeout: 5000})

  const flush = () => {
    frame = 0
    const messages = waiting
    waiting = []
    store.dispatch(messagesCame({messages, at: Date.now()}))
    const finished = messages.filter((each) => each.type === 'run.finished')
    if (finished.length > 0) store.dispatch(api.util.invalidateTags(['Run', 'Import']))
    const moved = messages.some((each) => each.type === 'run.progress')
    if (moved) store.dispatch(api.util.invalidateTags(['LivePages']))
  }
  const show = (messages: LiveMessage[]) => {
    if (messages.length === 0) return
    waiting.push(...messages)
    // Hidden pages get no frames: they are brought up to date all the same.
    if (document.hidden) flush()
    else if (!frame) frame = requestAnimationFrame(flush)
  }
  const subscribe = async () => {
    try {
      const answer = (await socket.timeout(5000).emitWithAck('subscribe', {room: 'imports'})) as
        | Snapshot<ImportSummary[]>
        | {error: unknown}
      if ('error' in answer) throw new Error('refused')
      const outcome = begin(feed, answer)
      feed = outcome.feed
      store.dispatch(importsLoaded({items: answer.snapshot, at: Date.now()}))
      store.dispatch(connectionChanged('live'))
      stopPolling()
      show(outcome.apply)
    } catch {
      if (socket.connected) setTimeout(() => void subscribe(), 1000)
    }
  }
  const startPolling = () => {
    if (poll) return
    const read = async () => {
      if (socket.connected) return
      const query = store.dispatch(api.endpoints.imports.initiate(undefined, {forceRefetch: true}))
      const answer = await query
      query.unsubscribe()
      if (answer.data) {
        store.dispatch(importsLoaded({items: answer.data.items, at: Date.now()}))
        store.dispatch(connectionChanged('polling'))
        store.dispatch(api.util.invalidateTags(['LivePages', 'Run', 'Import']))
      } else {
        store.dispatch(connectionChanged('reconnecting'))
      }
    }
    poll = setInterval(() => void read(), POLL_MS)
    void read()
  }
  const stopPolling = () => {
    clearInterval(poll)
    poll = undefined
  }

  socket.on('connect', () => void subscribe())
  socket.on('message', (message: LiveMessage) => {
    const outcome = receive(feed, message)
    feed = outcome.feed
    show(outcome.apply)
    if (feed.phase === 'lost') {
      feed = {...newFeed(), kept: feed.kept}
      void subscribe()
    }
  })
  socket.on('disconnect', () => {
    feed = disconnect()
    store.dispatch(connectionChanged('reconnecting'))
    setTimeout(() => {
      if (!socket.connected) startPolling()
    }, POLL_AFTER_MS)
  })
  socket.on('connect_error', startPolling)
  return () => {
    cancelAnimationFrame(frame)
    stopPolling()
    socket.close()
  }
}

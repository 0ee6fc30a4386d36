'use client'

import type {Socket} from 'socket.io-client'
import type {AppStore} from '@/store'
import {importEndpoints} from '@/api/imports'
import {api} from '@/api/base'
import {leadToLogin} from '@/api/session'
import {tokenOf} from '@/api/token'
import type {ImportSummary, Problem} from '@/types'
import {begin, disconnect, leave, newFeed, receive, type LiveMessage, type Snapshot} from './protocol'
import {everything, Rereader, touched, type RunsKnown, type Tag} from './reread'
import {everyImport, nameOf, type Room} from './rooms'
import {connectionChanged, importsLoaded, messagesCame, snapshotTaken} from './slice'

const POLL_MS = 3000
const POLL_AFTER_MS = 6000
const CONNECT_AGAIN_MS = 500
const DENIED_AGAIN_MS = 3000
const ROOM_AGAIN_MS = 1000
/** What may not be followed is asked for again at the pace at which rights change. */
const FORBIDDEN_AGAIN_MS = 15_000
const MOST_POLLED = 500
const MOST_BEGUN = 1000

/** The page's one connection. */
export class LiveClient {
  private feed = newFeed()
  private waiting: LiveMessage[] = []
  private frame = 0
  private poll: ReturnType<typeof setInterval> | undefined
  private readonly reread: Rereader
  /** Runs whose first step was told: only now do they show in lists. */
  private begun = new Set<string>()
  private again: ReturnType<typeof setTimeout> | undefined
  private wasLive = false
  private socket: Socket | undefined
  private rooms = new Map<string, {room: Room; users: number}>()
  private closed = false

  constructor(private readonly store: AppStore) {
    this.rooms.set(nameOf(everyImport), {room: everyImport, users: 1})
    this.reread = new Rereader((tags) => this.store.dispatch(api.util.invalidateTags(tags)))
  }

  /** Connect; the socket's code is loaded only now, so that the first paint does not wait for it. */
  async start(): Promise<void> {
    this.closed = false
    try {
      const {io} = await import('socket.io-client')
      if (this.closed) return
      this.socket = io({
        transports: ['websocket'],
        reconnectionDelay: 500,
        reconnectionDelayMax: 1500,
        timeout: 2500,
        auth: (give) => give({token: tokenOf()}),
      })
    } catch {
      this.startPolling()
      return
    }
    this.socket.on('connect', () => void this.subscribeAll())
    this.socket.on('message', (message: LiveMessage) => this.take(message))
    this.socket.on('disconnect', (reason) => this.lost(reason))
    this.socket.on('left', ({rooms}: {rooms: string[]}) => this.cutOff(rooms))
    this.socket.on('gained', () => void this.subscribe(everyImport))
    this.socket.on('connect_error', (error: Error & {data?: Problem}) => this.denied(error.data?.status))
  }

  /** The connection was not made: by the network, after which it is tried again, or by the gateway. */
  private denied(status: number | undefined): void {
    if (this.closed) return
    if (status === 401) {
      leadToLogin(tokenOf() ? 'token' : this.wasLive ? 'proxy' : null)
      return
    }
    if (!this.socket?.active) this.connectAgain(DENIED_AGAIN_MS)
    this.startPolling()
  }

  /** Socket.IO does not come back by itself from what the gateway has ended or denied. */
  private connectAgain(after: number): void {
    clearTimeout(this.again)
    this.again = setTimeout(() => !this.closed && this.socket?.connect(), after)
  }

  close(): void {
    this.closed = true
    cancelAnimationFrame(this.frame)
    this.reread.close()
    clearTimeout(this.again)
    this.stopPolling()
    this.socket?.close()
  }

  /** Follow a room for as long as somebody wants it; gives what ends that. */
  follow(room: Room): () => void {
    const name = nameOf(room)
    const known = this.rooms.get(name)
    if (known) known.users += 1
    else {
      this.rooms.set(name, {room, users: 1})
      if (this.socket?.connected) void this.subscribe(room)
    }
    return () => {
      const now = this.rooms.get(name)
      if (!now || --now.users > 0) return
      this.rooms.delete(name)
      this.feed = leave(this.feed, name)
      if (this.socket?.connected) this.socket.emit('unsubscribe', room)
    }
  }

  private async subscribeAll(): Promise<void> {
    for (const {room} of [...this.rooms.values()]) await this.subscribe(room)
  }

  private async subscribe(room: Room): Promise<void> {
    const socket = this.socket
    if (!socket) return
    const again = (after: number) => {
      if (socket.connected) setTimeout(() => this.rooms.has(nameOf(room)) && socket.connected && void this.subscribe(room), after)
    }
    try {
      const answer = (await socket.timeout(5000).emitWithAck('subscribe', room)) as Snapshot | {error: Problem}
      if ('error' in answer) {
        again(answer.error.status === 403 || answer.error.status === 404 ? FORBIDDEN_AGAIN_MS : ROOM_AGAIN_MS)
        return
      }
      if (!this.rooms.has(nameOf(room))) return
      const outcome = begin(this.feed, answer)
      this.feed = outcome.feed
      if (room.room === 'imports') {
        this.store.dispatch(importsLoaded({items: answer.snapshot as ImportSummary[], at: Date.now()}))
        this.store.dispatch(connectionChanged('live'))
        this.wasLive = true
        this.stopPolling()
        // All that may have changed, or failed, while the gateway was away.
        this.reread.ask(everything.map((type) => ({type})))
      } else {
        this.store.dispatch(snapshotTaken({at: Date.now()}))
      }
      this.show(outcome.apply)
      if (outcome.feed.phase === 'lost') this.beginAgain()
    } catch {
      again(ROOM_AGAIN_MS)
    }
  }

  private take(message: LiveMessage): void {
    const before = this.feed.phase
    const outcome = receive(this.feed, message)
    this.feed = outcome.feed
    this.show(outcome.apply)
    if (before === 'following' && outcome.feed.phase === 'lost') this.beginAgain()
  }

  private beginAgain(): void {
    this.feed = {...newFeed(), kept: this.feed.kept}
    void this.subscribeAll()
  }

  private lost(reason: string): void {
    this.feed = disconnect()
    // By a token that is no good any more: then connecting is denied, unless a proxy has a fresh one.
    if (reason === 'io server disconnect') this.connectAgain(CONNECT_AGAIN_MS)
    this.store.dispatch(connectionChanged('reconnecting'))
    setTimeout(() => {
      if (!this.socket?.connected && !this.closed) this.startPolling()
    }, POLL_AFTER_MS)
  }

  /** Rooms that may not be followed any more: their imports go from the page. */
  private cutOff(names: string[]): void {
    for (const name of names) this.feed = leave(this.feed, name)
    const all = this.rooms.get(nameOf(everyImport))
    if (all) void this.subscribe(all.room)
  }

  private show(messages: LiveMessage[]): void {
    if (messages.length === 0) return
    this.waiting.push(...messages)
    // Hidden pages get no frames: they are brought up to date all the same.
    if (document.hidden) this.flush()
    else if (!this.frame) this.frame = requestAnimationFrame(() => this.flush())
  }

  private flush(): void {
    this.frame = 0
    const messages = this.waiting
    this.waiting = []
    const {imports} = this.store.getState().live
    const known: RunsKnown = (key) => {
      const imp = imports[key]
      return imp && {current: imp.currentRun?.id ?? null, last: imp.lastRun?.id ?? null}
    }
    const tags = messages.flatMap((each) => [...touched(each, known), ...this.begins(each)])
    this.store.dispatch(messagesCame({messages, at: Date.now()}))
    this.reread.ask(tags)
  }

  /** What the first step of a run adds: it is stored now, and shows among the runs. */
  private begins({type, runId, namespace, name}: LiveMessage): Tag[] {
    if (type !== 'run.progress' || !runId || this.begun.has(runId)) return []
    if (this.begun.size >= MOST_BEGUN) this.begun.clear()
    this.begun.add(runId)
    return [{type: 'Run', id: `${namespace}/${name}`}, {type: 'Pools'}]
  }

  private startPolling(): void {
    if (this.poll) return
    const read = async () => {
      if (this.socket?.connected) return
      const ask = importEndpoints.imports.initiate({limit: MOST_POLLED}, {forceRefetch: true, subscribe: false})
      const answer = await this.store.dispatch(ask)
      if (answer.data) {
        this.store.dispatch(importsLoaded({items: answer.data.items, at: Date.now()}))
        this.store.dispatch(connectionChanged('polling'))
        this.store.dispatch(api.util.invalidateTags(['Imports', 'LivePages', 'Run', 'Import', 'Events', 'Records', 'Rejects']))
      } else {
        this.store.dispatch(connectionChanged('reconnecting'))
      }
    }
    this.poll = setInterval(() => void read(), POLL_MS)
    void read()
  }

  private stopPolling(): void {
    clearInterval(this.poll)
    this.poll = undefined
  }
}

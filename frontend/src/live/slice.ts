import {createSlice, type PayloadAction} from '@reduxjs/toolkit'
import type {ImportSummary, LastRun, RunEvent, RunProgress} from '@/types'
import {forward} from './progress'
import type {LiveMessage} from './protocol'

export type Connection = 'connecting' | 'live' | 'reconnecting' | 'polling'

export interface LiveState {
  connection: Connection
  /** When the shown data was last known to be right, in ms. */
  freshAt: number | null
  imports: Record<string, ImportSummary>
  loaded: boolean
  /** What a screen reader says next. */
  announcement: string
  /** Lines of the log of runs that are followed, by run. */
  logs: Record<string, RunEvent[]>
}

export const MOST_LINES = 500

const initialState: LiveState = {
  connection: 'connecting',
  freshAt: null,
  imports: {},
  loaded: false,
  announcement: '',
  logs: {},
}

export const keyOf = (one: {namespace: string; name: string}) => `${one.namespace}/${one.name}`

function progressed(imp: ImportSummary | undefined, progress: RunProgress): void {
  if (imp?.currentRun?.id === progress.runId) {
    imp.currentRun.progress = forward(imp.currentRun.progress, progress)
  }
}

/** Of two summaries the newer one, with progress that does not go back and the trend that is known. */
export function merged(before: ImportSummary | undefined, told: ImportSummary): ImportSummary {
  const now = {...told, trend: told.trend ?? before?.trend ?? null}
  const old = before?.currentRun
  if (!now.currentRun || old?.id !== now.currentRun.id || !old.progress) return now
  const progress = now.currentRun.progress
  const kept = progress ? forward(old.progress, progress) : old.progress
  return {...now, currentRun: {...now.currentRun, progress: kept}}
}

/** Lines in order and each once, whether pushed or read. */
export function withLines(before: RunEvent[], lines: RunEvent[]): RunEvent[] {
  const known = new Set(before.map((each) => each.id))
  const fresh = lines.filter((each) => !known.has(each.id))
  if (fresh.length === 0) return before
  const all = [...before, ...fresh]
  const order = (one: RunEvent, other: RunEvent) =>
    one.at === other.at ? one.id.localeCompare(other.id, 'en', {numeric: true}) : one.at < other.at ? -1 : 1
  return all.sort(order).slice(-MOST_LINES)
}

function apply(state: LiveState, message: LiveMessage): void {
  const key = keyOf(message)
  switch (message.type) {
    case 'import.changed':
      state.imports[key] = merged(state.imports[key], message.data as ImportSummary)
      return
    case 'import.deleted':
      state.imports = Object.fromEntries(Object.entries(state.imports).filter(([name]) => name !== key))
      return
    case 'run.progress':
      progressed(state.imports[key], message.data as RunProgress)
      return
    case 'run.log':
      if (message.runId) {
        state.logs[message.runId] = withLines(state.logs[message.runId] ?? [], [message.data as RunEvent])
      }
      return
    case 'run.finished': {
      const run = message.data as Partial<LastRun>
      state.announcement = `${key}: ${run.verdict ?? 'finished'}. ${run.message ?? ''}`
    }
  }
}

const slice = createSlice({
  name: 'live',
  initialState,
  reducers: {
    connectionChanged(state, action: PayloadAction<Connection>) {
      if (state.connection === action.payload) return
      if (action.payload === 'reconnecting') state.announcement = 'The connection was lost; reconnecting.'
      if (action.payload === 'live' && state.connection !== 'connecting') state.announcement = 'Connected again.'
      state.connection = action.payload
    },
    importsLoaded(state, action: PayloadAction<{items: ImportSummary[]; at: number}>) {
      const before = state.imports
      state.imports = {}
      for (const imp of action.payload.items) {
        state.imports[keyOf(imp)] = merged(before[keyOf(imp)], imp)
      }
      state.loaded = true
      state.freshAt = action.payload.at
    },
    messagesCame(state, action: PayloadAction<{messages: LiveMessage[]; at: number}>) {
      state.freshAt = action.payload.at
      for (const message of action.payload.messages) apply(state, message)
    },
    snapshotTaken(state, action: PayloadAction<{at: number}>) {
      state.freshAt = action.payload.at
    },
    linesRead(state, action: PayloadAction<{run: string; lines: RunEvent[]}>) {
      const {run, lines} = action.payload
      state.logs[run] = withLines(state.logs[run] ?? [], lines)
    },
    announced(state, action: PayloadAction<string>) {
      state.announcement = action.payload
    },
  },
})

export const {connectionChanged, importsLoaded, messagesCame, snapshotTaken, linesRead, announced} = slice.actions
export default slice.reducer

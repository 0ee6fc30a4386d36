import {createSlice, type PayloadAction} from '@reduxjs/toolkit'
import type {ImportSummary, LastRun, RunProgress} from '@/types'
import {forward} from './progress'
import type {LiveMessage} from './protocol'

export type Connection = 'connecting' | 'live' | 'reconnecting' | 'polling'

export interface LiveState {
  connection: Connection
  /** When the shown data was last known to be right, in ms. */
  freshAt: number | null
  imports: Record<string, ImportSummary>
  loaded: boolean
  announcement: string
}

const initialState: LiveState = {
  connection: 'connecting',
  freshAt: null,
  imports: {},
  loaded: false,
  announcement: '',
}

export const keyOf = (one: {namespace: string; name: string}) => `${one.namespace}/${one.name}`

function progressed(imp: ImportSummary | undefined, progress: RunProgress): void {
  if (imp?.currentRun?.id === progress.runId) {
    imp.currentRun.progress = forward(imp.currentRun.progress, progress)
  }
}

function merged(before: ImportSummary | undefined, now: ImportSummary): ImportSummary {
  const old = before?.currentRun
  if (!now.currentRun || old?.id !== now.currentRun.id || !old.progress) return now
  const progress = now.currentRun.progress
  const kept = progress ? forward(old.progress, progress) : old.progress
  return {...now, currentRun: {...now.currentRun, progress: kept}}
}

const slice = createSlice({
  name: 'live',
  initialState,
  reducers: {
    connectionChanged(state, action: PayloadAction<Connection>) {
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
      for (const message of action.payload.messages) {
        const key = keyOf(message)
        if (message.type === 'import.changed') {
          const now = message.data as ImportSummary
          state.imports[key] = merged(state.imports[key], now)
        } else if (message.type === 'import.deleted') {
          state.imports = Object.fromEntries(
            Object.entries(state.imports).filter(([name]) => name !== key),
          )
        } else if (message.type === 'run.progress') {
          progressed(state.imports[key], message.data as RunProgress)
        } else if (message.type === 'run.finished') {
          const run = message.data as LastRun
          state.announcement = `${key}: ${run.verdict ?? 'finished'}. ${run.message ?? ''}`
        }
      }
    },
  },
})

export const {connectionChanged, importsLoaded, messagesCame} = slice.actions
export default slice.reducer

import type {Page} from './page'

export interface RejectInfo {
  id: string
  run: string
  externalId: string | null
  reason: string
  message: string
  raw: string
  at: string
  partition: string | null
}

export interface RejectPage extends Page<RejectInfo> {
  groups: {reason: string; count: number}[]
}

/** A task that belongs to no run: a preview or a replay. */
export interface OneOff<Result> {
  state: 'waiting' | 'working' | 'done' | 'failed'
  result: Result | null
  error: string | null
}

export interface ReplayResult {
  replayed: number
  rejectedAgain: number
  message: string
}

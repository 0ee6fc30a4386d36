import type {PartitionOutcome, RunProgress} from './imports'

export interface RunSummary {
  id: string
  sequence: number
  reason: string
  state: string
  startedAt: string
  finishedAt: string | null
  verdict: string | null
  message: string
  pages: number
  records: number
  inserted: number
  updated: number
  unchanged: number
  closed: number
  reopened: number
  rejected: number
  failedPages: number
  retries: number
  /** Open postings after the run; null before its end. */
  open: number | null
}

export interface ErrorGroup {
  message: string
  count: number
  example: string
  partition: string
  lastAt: string
  /** The request as a command; $NAMES stand for credentials. */
  curl: string | null
}

export interface RunDetail extends RunSummary {
  progress: RunProgress | null
  partitions: PartitionOutcome[]
  errors: ErrorGroup[]
  /** Run whose failed pages alone are walked again. */
  retryOf: string | null
  /** What cannot be known right now, and why. */
  unknown: string[]
}

export interface PageInfo {
  id: string
  partition: string
  number: number
  state: string
  attempt: number
  httpStatus: number | null
  url: string | null
  records: number
  rejected: number
  error: string | null
  at: string
}

/** A line of a run's log. */
export interface RunEvent {
  id: string
  at: string
  type: string
  text: string
}

/** Lines of a log, the oldest first. */
export interface RunEvents {
  items: RunEvent[]
  /** Whether there are more: ask again after the last id. */
  more: boolean
}

/** What the gateway gives; the names are those of its OpenAPI. */

export interface RunProgress {
  runId: string
  state: 'running' | 'paused' | 'cancelled' | 'finished'
  pagesDone: number
  /** null: not known, which is not 0. */
  pagesTotal: number | null
  pagesFailed: number
  records: number
  inserted: number
  updated: number
  unchanged: number
  rejected: number
  retries: number
  crashes: number
  waitingRetry: number
  nextRetryAt: string | null
  lastError: string | null
}

export interface LastRun {
  id: string
  reason: string
  startedAt: string
  finishedAt: string
  verdict: string
  pages: number
  records: number
  inserted: number
  updated: number
  unchanged: number
  closed: number
  reopened: number
  rejected: number
  failedPages: number
  open: number
  message: string
}

export interface CurrentRun {
  id: string
  reason: string
  startedAt: string
  progress: RunProgress | null
}

export interface ImportSummary {
  namespace: string
  name: string
  uid: string
  schedule: string | null
  timeZone: string | null
  suspended: boolean
  ready: 'True' | 'False' | 'Unknown'
  reason: string
  message: string
  reconciling: boolean
  stalled: boolean
  sourceName: string | null
  pool: string
  nextRunTime: string | null
  currentRun: CurrentRun | null
  lastRun: LastRun | null
  openPostings: number | null
  createdAt: string
}

export interface Condition {
  type: string
  status: string
  reason: string
  message: string
  lastTransitionTime: string
}

export interface ImportDetail extends ImportSummary {
  spec: unknown
  effectiveSpec: unknown
  conditions: Condition[]
  workers: {deployment: string; desired?: number; ready?: number; busy?: number; reason: string} | null
  generation: number
  observedGeneration: number | null
}

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
}

export interface PartitionOutcome {
  key: string
  verdict: string
  message: string
  records: number
  advertised: number | null
  failedPages: number
  closed: number
  held: number
}

export interface RunDetail extends RunSummary {
  progress: RunProgress | null
  partitions: PartitionOutcome[]
  errors: {message: string; count: number; example: string}[]
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

export interface RejectInfo {
  id: string
  run: string
  externalId: string | null
  reason: string
  message: string
  raw: string
  at: string
}

export interface Page<Item> {
  items: Item[]
  nextCursor: string | null
  total: number | null
}

export interface RejectPage extends Page<RejectInfo> {
  groups: {reason: string; count: number}[]
}

export interface PoolInfo {
  namespace: string
  pool: string
  ready: number
  leased: number
  retry: number
  backlog: number
  workers: {id: string; busy: number; slots: number; draining: boolean; heartbeatAgeMs: number}[]
  desired: number | null
  reason: string | null
}

export interface Problem {
  title: string
  status: number
  detail: string
}

/** Imports, as the gateway gives them; the names are those of its OpenAPI. */

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
  /** Open postings after each of the last runs, the oldest first; null: not looked up, as in live messages. */
  trend: number[] | null
  owner: string | null
  /** Why it needs somebody, in a sentence; null where it does not. */
  attention: string | null
  /** End of the last successful run. */
  freshAt: string | null
  /** What cannot be known right now, and why. */
  unknown: string[]
}

export interface Condition {
  type: string
  status: string
  reason: string
  message: string
  lastTransitionTime: string
}

/** A request by annotation: the newest token asked for, and the one last acted on. */
export interface RequestTokens {
  requested: string | null
  handled: string | null
  pending: boolean
}

export type RequestKind = 'run' | 'retry' | 'cancel' | 'approveClose'

export interface PartitionOutcome {
  key: string
  verdict: string
  message: string
  /** Different records seen. */
  records: number | null
  /** Records that the source says it has. */
  advertised: number | null
  failedPages: number | null
  closed: number | null
  /** Postings that the guard kept from being closed. */
  held: number | null
}

export interface FieldCoverage {
  filled: number
  errors: number
  mapped: number
  distinct: number | null
}

/** How the fields were filled in a run that mapped anything, and in the one before it. */
export interface Coverage {
  run: string
  fields: Record<string, FieldCoverage>
  previous: Record<string, FieldCoverage> | null
}

export interface ImportDetail extends ImportSummary {
  spec: Record<string, unknown>
  effectiveSpec: Record<string, unknown> | null
  conditions: Condition[]
  workers: {deployment: string; desired?: number; ready?: number; busy?: number; reason: string} | null
  generation: number
  observedGeneration: number | null
  annotations: Record<string, string>
  /** null in live messages. */
  permissions: {patch: boolean; delete: boolean} | null
  requests: Record<RequestKind, RequestTokens>
  partitions: PartitionOutcome[]
  /** null: no run has mapped anything, or it is not known. */
  coverage: Coverage | null
}

export interface KubernetesEvent {
  at: string
  type: string
  reason: string
  message: string
  count: number
  action: string | null
}

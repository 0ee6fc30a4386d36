export interface Worker {
  id: string
  busy: number
  slots: number
  draining: boolean
  heartbeatAgeMs: number
  version: string
}

export interface PoolInfo {
  namespace: string
  pool: string
  ready: number
  leased: number
  retry: number
  /** Retries that are due within 5 seconds. */
  due: number
  backlog: number
  oldestReadyAgeMs: number
  workers: Worker[]
  min: number | null
  max: number | null
  desired: number | null
  workersReady: number | null
  busy: number
  reason: string | null
}

export interface Session {
  name: string
  authMode: string
  mode: 'kubernetes' | 'local'
}

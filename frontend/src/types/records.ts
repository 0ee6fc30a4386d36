import type {RejectInfo} from './rejects'

export interface RecordRow {
  externalId: string
  id: string
  title: string | null
  company: string | null
  /** Places in words; empty: none. */
  locations: string
  url: string | null
  firstSeenAt: string | null
  lastChangedAt: string | null
  closedAt: string | null
  closedReason: string | null
  partitions: string[]
}

export type HistoryKind = 'Inserted' | 'Updated' | 'Closed' | 'Reopened'

export interface HistoryEntry {
  at: string
  run: string | null
  kind: HistoryKind
  fields: Record<string, {from?: unknown; to?: unknown}>
}

export interface RecordDetail {
  /** null: there is none, but a reject. */
  posting: Record<string, unknown> | null
  history: HistoryEntry[]
  raw: unknown
  lastSeenRun: string | null
  reject: RejectInfo | null
}

export interface WhyAnswer {
  answer: 'Open' | 'Closed' | 'Rejected' | 'Filtered' | 'NeverSeen' | 'Held'
  sentence: string
  record: RecordRow | null
  reject: RejectInfo | null
}

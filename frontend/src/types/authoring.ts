export interface PresetParameter {
  name: string
  description: string
  required: boolean
  example: string | null
}

export interface Preset {
  name: string
  title: string
  description: string
  parameters: PresetParameter[]
  documentation: string | null
}

export interface SpecProblem {
  path: string
  message: string
  line: number | null
}

export interface Validation {
  problems: SpecProblem[]
  effective: string | null
}

export interface Applied {
  created: boolean
  manifest: string
  /** A unified diff; empty where nothing changes. */
  diff: string
  /** A GitOps tool that would take the change back. */
  managedBy: string | null
}

export interface PreviewReject {
  externalId: string | null
  reason: string
  message: string
  raw: string
}

export interface PreviewResult {
  url: string
  status: number
  contentType: string | null
  records: number
  postings: Record<string, unknown>[]
  coverage: Record<string, {filled: number; errors: number; distinct: number}>
  rejects: PreviewReject[]
  warnings: string[]
  advertisedTotal: number | null
  nextPage: string | null
  seconds: number
}

export interface TaskRef {
  namespace: string
  pool: string
  task: string
}

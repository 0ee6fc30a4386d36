import type {ImportSummary} from '@/types'

export const states = ['Running', 'Stalled', 'Failed', 'Suspended', 'Ok'] as const
export type State = (typeof states)[number]

const failed = new Set(['Failed', 'Partial', 'Held'])

/** An import's state in one word. */
export function stateOf(imp: ImportSummary): State {
  if (imp.stalled) return 'Stalled'
  if (imp.currentRun) return 'Running'
  if (imp.suspended) return 'Suspended'
  return imp.lastRun && failed.has(imp.lastRun.verdict) ? 'Failed' : 'Ok'
}

/** What a reader should know first of an import. */
export function headline(imp: ImportSummary): string {
  if (imp.stalled || !imp.lastRun) return imp.message
  return imp.lastRun.message
}

const urgency: Record<State, number> = {Stalled: 0, Failed: 1, Running: 2, Ok: 3, Suspended: 4}

/** What needs attention first, then by name. */
export function byAttention(one: ImportSummary, other: ImportSummary): number {
  return (
    urgency[stateOf(one)] - urgency[stateOf(other)] ||
    `${one.namespace}/${one.name}`.localeCompare(`${other.namespace}/${other.name}`)
  )
}

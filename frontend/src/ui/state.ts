import type {ImportSummary} from '@/types'

export const states = ['Running', 'Stalled', 'Failed', 'Suspended', 'Ok'] as const
export type State = (typeof states)[number]

export const verdicts = [
  'Complete',
  'Unchanged',
  'Empty',
  'Incremental',
  'Truncated',
  'Partial',
  'Held',
  'Failed',
] as const

const failed = new Set(['Failed', 'Partial', 'Held'])

/** An import's state in one word. */
export function stateOf(imp: ImportSummary): State {
  if (imp.stalled) return 'Stalled'
  if (imp.currentRun) return 'Running'
  if (imp.suspended) return 'Suspended'
  return imp.lastRun && failed.has(imp.lastRun.verdict) ? 'Failed' : 'Ok'
}

/** The badge's word: what goes on now, else what the last run came to. */
export function badgeOf(imp: ImportSummary): string {
  const state = stateOf(imp)
  return state === 'Ok' || state === 'Failed' ? (imp.lastRun?.verdict ?? 'New') : state
}

const whole = new Set<unknown>(['Complete', 'Unchanged', 'Empty', 'Incremental'])

/** Whether a verdict says that a run saw all that it was to see. */
export const isWhole = (verdict: unknown) => whole.has(verdict)

/** How an import is, in a sentence: without what the badge beside it says already. */
export function healthOf(imp: ImportSummary): string {
  if (imp.attention) return imp.attention.replace(/^(Stalled \(\w+\)|The last run is \w+): /, '')
  if (imp.stalled || !imp.lastRun) return imp.message
  return imp.lastRun.message
}

/** When it runs, in words. */
export function scheduleOf(imp: ImportSummary): string {
  return imp.schedule ? `${imp.schedule} ${imp.timeZone ?? 'UTC'}` : 'On change and on request'
}

import type {RequestId} from './api/imports'
import type {ImportDetail, ImportSummary} from './types'

/** What is known of an import when an action is offered: a list knows less than its own page. */
export type Offered = ImportSummary & Partial<Pick<ImportDetail, 'permissions' | 'requests' | 'partitions' | 'rejects'>>

/** What is asked of the operator, or of a worker. */
export type ActionId = RequestId | 'replay'

export interface Action {
  id: ActionId
  label: string
  /** What it does, for a tooltip and the palette. */
  does: string
  /** The verb on jobimports that it needs. */
  permission: 'patch'
  /** Ask before it is done: the question. */
  confirm?: (imp: Offered) => string
  /** Whether it is shown at all: resume only where something is suspended. */
  shown: (imp: Offered) => boolean
  /** Why it cannot be done now; null where it can. */
  disabled: (imp: Offered) => string | null
}

const mend = (imp: Offered) => (imp.stalled ? 'The spec has to be mended first.' : null)
const busy = (imp: Offered) => (imp.currentRun ? 'A run is in progress.' : null)
const asked = (imp: Offered, kind: 'run' | 'retry' | 'cancel' | 'approveClose', what: string) => {
  return imp.requests?.[kind].pending ? `${what} was asked for already.` : null
}
const heldBack = (imp: Offered) => imp.partitions?.reduce((sum, one) => sum + (one.held ?? 0), 0)
const always = () => true

/** All that can be done with an import, in one place. */
export const actions: Action[] = [
  {
    id: 'runs',
    label: 'Run now',
    does: 'Walk the source from the beginning.',
    permission: 'patch',
    shown: always,
    disabled: (imp) =>
      mend(imp) ??
      (imp.suspended ? 'The import is suspended: resume it first.' : null) ??
      busy(imp) ??
      asked(imp, 'run', 'A run'),
  },
  {
    id: 'retry',
    label: 'Retry failed',
    does: 'Walk again only what failed in the last run.',
    permission: 'patch',
    shown: always,
    disabled: (imp) => {
      const why = mend(imp) ?? (imp.suspended ? 'The import is suspended: resume it first.' : null) ?? busy(imp)
      if (why) return why
      if (!imp.lastRun) return 'Nothing has run yet.'
      if (imp.lastRun.failedPages === 0 && imp.lastRun.verdict !== 'Failed') return 'No page of the last run failed.'
      return asked(imp, 'retry', 'A retry')
    },
  },
  {
    id: 'cancel',
    label: 'Cancel run',
    does: 'End the run; what it stored stays, and nothing is closed.',
    permission: 'patch',
    confirm: (imp) => `End the current run of ${imp.name}? What it stored stays, and nothing is closed.`,
    shown: always,
    disabled: (imp) => (imp.currentRun ? asked(imp, 'cancel', 'Cancelling') : 'Nothing is running.'),
  },
  {
    id: 'suspend',
    label: 'Suspend',
    does: 'No new run; the current one pauses between pages.',
    permission: 'patch',
    shown: (imp) => !imp.suspended,
    disabled: () => null,
  },
  {
    id: 'resume',
    label: 'Resume',
    does: 'Run again as scheduled; a paused run goes on.',
    permission: 'patch',
    shown: (imp) => imp.suspended,
    disabled: () => null,
  },
  {
    id: 'approve-close',
    label: 'Approve closing',
    does: 'Walk the source again, then close what is still missing, whatever the guard says.',
    permission: 'patch',
    confirm: (imp) => {
      const held = heldBack(imp)
      return `Walk ${imp.name} again and close what is still missing${held ? ` (${held} at the last run)` : ''}, whatever the guard says?`
    },
    shown: always,
    disabled: (imp) => {
      const why = mend(imp) ?? busy(imp)
      if (why) return why
      const held = heldBack(imp)
      if (held === 0) return 'The guard held no closing back.'
      return asked(imp, 'approveClose', 'Closing')
    },
  },
  {
    id: 'replay',
    label: 'Replay rejects',
    does: 'Map the kept records again with the present mapping; nothing is fetched.',
    permission: 'patch',
    shown: always,
    disabled: (imp) => mend(imp) ?? (imp.rejects === 0 ? 'Nothing is in quarantine.' : null),
  },
]

/** The action of an id. */
export function actionOf(id: ActionId): Action {
  const found = actions.find((each) => each.id === id)
  if (!found) throw new Error(`there is no action ${id}`)
  return found
}

/** Why an action cannot be done now, rights included; null where it can. */
export function reasonAgainst(action: Action, imp: Offered): string | null {
  const why = action.disabled(imp)
  if (why) return why
  if (imp.permissions && !imp.permissions[action.permission]) {
    return `You may see this import, but not change it: it needs the verb ${action.permission} on jobimports in ${imp.namespace}.`
  }
  return null
}

import type {ImportSummary} from './types'

export interface Action {
  id: 'runs' | 'cancel' | 'retry'
  label: string
  /** The verb on jobimports that it needs. */
  permission: 'patch'
  /** Why it cannot be done now; null where it can. */
  disabled: (imp: ImportSummary) => string | null
}

/** All that can be done with an import, in one place. */
export const actions: Action[] = [
  {
    id: 'runs',
    label: 'Run now',
    permission: 'patch',
    disabled: (imp) => {
      if (imp.stalled) return 'The spec has to be mended first.'
      if (imp.suspended) return 'The import is suspended: set spec.suspend to false.'
      if (imp.currentRun) return 'A run is in progress.'
      return null
    },
  },
  {
    id: 'retry',
    label: 'Retry failed',
    permission: 'patch',
    disabled: (imp) => {
      if (imp.stalled) return 'The spec has to be mended first.'
      if (imp.currentRun) return 'A run is in progress.'
      if (!imp.lastRun) return 'Nothing has run yet.'
      if (imp.lastRun.failedPages === 0) return 'No page of the last run failed.'
      return null
    },
  },
  {
    id: 'cancel',
    label: 'Cancel',
    permission: 'patch',
    disabled: (imp) => (imp.currentRun ? null : 'Nothing is running.'),
  },
]

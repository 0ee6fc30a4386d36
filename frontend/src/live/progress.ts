import type {RunProgress} from '@/types'

/** Progress of one run never goes backwards on the screen, whatever order things arrive in. */
export function forward(before: RunProgress | null, now: RunProgress): RunProgress {
  if (!before || before.runId !== now.runId) return now
  const most = (one: number, other: number) => Math.max(one, other)
  return {
    ...now,
    pagesDone: most(before.pagesDone, now.pagesDone),
    pagesTotal: now.pagesTotal ?? before.pagesTotal,
    records: most(before.records, now.records),
    inserted: most(before.inserted, now.inserted),
    updated: most(before.updated, now.updated),
    unchanged: most(before.unchanged, now.unchanged),
    rejected: most(before.rejected, now.rejected),
    retries: most(before.retries, now.retries),
  }
}

/** Share done, 0 to 1; null while the total is unknown. */
export function share(progress: RunProgress): number | null {
  if (progress.pagesTotal === null || progress.pagesTotal === 0) return null
  return Math.min(1, progress.pagesDone / progress.pagesTotal)
}

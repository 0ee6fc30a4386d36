import {count, some} from '@/format'
import {share} from '@/live/progress'
import type {RunProgress} from '@/types'

/** A run's progress; while the total is unknown, the bar says so. */
export function ProgressBar({progress}: {progress: RunProgress | null}) {
  const done = progress ? share(progress) : null
  const paused = progress?.state === 'paused'
  const label = !progress
    ? 'Starting'
    : progress.pagesTotal !== null
      ? `${count(progress.pagesDone)} of ${some(progress.pagesTotal, 'page')}`
      : `${some(progress.pagesDone, 'page')}, total not known yet`
  return (
    <div>
      <div
        role="progressbar"
        aria-label="Progress of the run"
        aria-valuemin={0}
        aria-valuemax={100}
        aria-valuenow={done === null ? undefined : Math.floor(done * 100)}
        aria-valuetext={label}
        className="h-1.5 overflow-hidden rounded-full bg-line"
      >
        {done === null ? (
          <div key="unknown" className={`${paused ? 'w-full opacity-40' : 'unknown-bar w-1/3'} h-full rounded-full bg-accent`} />
        ) : (
          <div
            key="known"
            className={`h-full rounded-full transition-[width] duration-300 ${paused ? 'bg-soft' : 'bg-accent'}`}
            style={{width: `${done * 100}%`}}
          />
        )}
      </div>
      <div className="mt-1 flex flex-wrap justify-between gap-x-3 text-xs text-soft">
        <span>{paused ? `Paused: ${label}` : label}</span>
        <span>{progress ? some(progress.records, 'record') : ' '}</span>
      </div>
    </div>
  )
}

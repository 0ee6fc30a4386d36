import {count, taken} from '@/format'
import type {RunSummary} from '@/types'

const fills: Record<string, string> = {
  Complete: 'fill-good',
  Unchanged: 'fill-good',
  Incremental: 'fill-info',
  Truncated: 'fill-warn',
  Partial: 'fill-warn',
  Held: 'fill-warn',
  Failed: 'fill-bad',
}

/** Records of the last runs as bars, the newest on the right. The table below says the same. */
export function History({runs}: {runs: RunSummary[]}) {
  const shown = runs.filter((run) => run.verdict !== null).slice(0, 30).reverse()
  if (shown.length < 2) return null
  const most = Math.max(1, ...shown.map((run) => run.records))
  return (
    <svg viewBox={`0 0 ${30 * 16} 56`} className="h-14 w-full max-w-xl" role="img" aria-label="Records of the last runs">
      {shown.map((run, index) => {
        const height = Math.max(2, (run.records / most) * 50)
        return (
          <rect
            key={run.id}
            x={index * 16 + 2}
            y={54 - height}
            width={11}
            height={height}
            rx={2}
            className={fills[run.verdict ?? ''] ?? 'fill-soft'}
          >
            <title>{`${run.verdict}: ${count(run.records)} records in ${taken(run.startedAt, run.finishedAt)}`}</title>
          </rect>
        )
      })}
    </svg>
  )
}

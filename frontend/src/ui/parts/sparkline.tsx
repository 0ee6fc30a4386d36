import {count} from '@/format'

/** Open postings over the last runs as a line; said in words for those who do not see it. */
export function Sparkline({values, width = 96, height = 24}: {values: number[]; width?: number; height?: number}) {
  if (values.length < 2) return <span className="inline-block" style={{width, height}} aria-hidden />
  const low = Math.min(...values)
  const high = Math.max(...values)
  const span = high - low || 1
  const step = (width - 4) / (values.length - 1)
  const points = values.map((value, index): [number, number] => [
    2 + index * step,
    high === low ? height / 2 : height - 3 - ((value - low) / span) * (height - 6),
  ])
  const [endX, endY] = points.at(-1) ?? [0, 0]
  const label = `Open postings over the last ${values.length} runs: from ${count(values[0])} to ${count(values.at(-1))}`
  return (
    <svg viewBox={`0 0 ${width} ${height}`} width={width} height={height} role="img" aria-label={label} className="shrink-0 text-soft">
      <title>{label}</title>
      <polyline
        points={points.map(([x, y]) => `${x.toFixed(1)},${y.toFixed(1)}`).join(' ')}
        fill="none"
        stroke="currentColor"
        strokeWidth="1.5"
        strokeLinejoin="round"
        strokeLinecap="round"
      />
      <circle cx={endX} cy={endY} r="2.2" className="fill-accent" />
    </svg>
  )
}

type Shape = 'dot' | 'ring' | 'half' | 'cross' | 'pause' | 'live'

const looks: Record<string, [colour: string, shape: Shape]> = {
  Complete: ['text-good', 'dot'],
  Unchanged: ['text-good', 'ring'],
  Incremental: ['text-info', 'dot'],
  Empty: ['text-soft', 'ring'],
  Truncated: ['text-warn', 'half'],
  Partial: ['text-warn', 'half'],
  Held: ['text-warn', 'pause'],
  Failed: ['text-bad', 'cross'],
  Stalled: ['text-bad', 'cross'],
  Cancelled: ['text-soft', 'cross'],
  Running: ['text-accent', 'live'],
  Suspended: ['text-soft', 'pause'],
  Open: ['text-good', 'dot'],
  Closed: ['text-soft', 'ring'],
  Rejected: ['text-warn', 'half'],
  Filtered: ['text-soft', 'half'],
  NeverSeen: ['text-soft', 'ring'],
  True: ['text-good', 'dot'],
  False: ['text-bad', 'cross'],
  Unknown: ['text-soft', 'ring'],
  done: ['text-good', 'dot'],
  failed: ['text-bad', 'cross'],
  Warning: ['text-warn', 'half'],
  Normal: ['text-soft', 'dot'],
}

function Mark({shape}: {shape: Shape}) {
  return (
    <svg viewBox="0 0 10 10" className={`size-2.5 shrink-0 ${shape === 'live' ? 'breathing' : ''}`} aria-hidden>
      {shape === 'dot' || shape === 'live' ? <circle cx="5" cy="5" r="4.5" fill="currentColor" /> : null}
      {shape === 'ring' || shape === 'half' ? (
        <circle cx="5" cy="5" r="3.75" fill="none" stroke="currentColor" strokeWidth="1.5" />
      ) : null}
      {shape === 'half' ? <path d="M5 1a4 4 0 0 1 0 8z" fill="currentColor" /> : null}
      {shape === 'cross' ? (
        <path d="M1.5 1.5l7 7m0-7l-7 7" stroke="currentColor" strokeWidth="2" strokeLinecap="round" />
      ) : null}
      {shape === 'pause' ? (
        <path d="M3 1.5v7m4-7v7" stroke="currentColor" strokeWidth="2" strokeLinecap="round" />
      ) : null}
    </svg>
  )
}

/** A verdict or state: a mark, a word and a colour, so that none of them is needed alone. */
export function Badge({text, as, title}: {text: string; as?: string; title?: string}) {
  const [colour, shape] = looks[text] ?? ['text-soft', 'ring']
  return (
    <span title={title} className={`inline-flex items-center gap-1.5 text-sm font-medium whitespace-nowrap ${colour}`}>
      <Mark shape={shape} />
      {as ?? text}
    </span>
  )
}

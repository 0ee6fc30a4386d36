'use client'

import Link from 'next/link'
import {useState} from 'react'
import {to} from '@/address'
import type {ImportRef} from '@/api/base'
import {count, duration, secondsBetween} from '@/format'
import type {RunSummary} from '@/types'
import {Badge} from '@/ui/parts/badge'
import {Moment} from '@/ui/parts/time'

const SLOTS = 30
const parts = [
  ['inserted', 'New', 'bg-good'],
  ['updated', 'Changed', 'bg-info'],
  ['unchanged', 'Unchanged', 'bg-soft/45'],
  ['rejected', 'Rejected', 'bg-warn'],
] as const

interface Bar {
  run: RunSummary
  seconds: number
}

/** The last runs, the newest on the right: what each brought as a bar upwards, how long it took as one downwards. */
export function History({reference, runs}: {reference: ImportRef; runs: RunSummary[]}) {
  const bars = runs
    .flatMap((run): Bar[] => {
      const seconds = secondsBetween(run.startedAt, run.finishedAt)
      return run.verdict === null || seconds === null ? [] : [{run, seconds}]
    })
    .slice(0, SLOTS)
    .reverse()
  const [chosen, setChosen] = useState<string | null>(null)
  if (bars.length === 0) return null
  const shown = bars.find((bar) => bar.run.id === chosen) ?? bars.at(-1)
  const most = Math.max(1, ...bars.map(({run}) => run.records))
  const longest = Math.max(0.1, ...bars.map((bar) => bar.seconds))
  return (
    <figure className="mb-5" aria-label="History of runs">
      <figcaption className="mb-3 flex min-h-5 flex-wrap items-center gap-x-4 gap-y-1 text-sm">
        {shown ? <Words bar={shown} /> : null}
      </figcaption>
      <div className="flex">
        <div aria-hidden className="mr-2 flex w-12 shrink-0 flex-col text-right text-xs text-soft">
          <span className="h-24">{count(most)}</span>
          <span className="mt-auto h-10 content-end">{duration(longest)}</span>
        </div>
        <ol className="flex grow gap-px border-l border-line sm:gap-0.5">
          {bars.map((bar) => (
            <li key={bar.run.id} className="min-w-0 max-w-14 flex-1">
              <Link
                href={to.run({...reference, run: bar.run.id})}
                onMouseEnter={() => setChosen(bar.run.id)}
                onFocus={() => setChosen(bar.run.id)}
                aria-label={`Run ${bar.run.verdict}: ${count(bar.run.records)} records in ${duration(bar.seconds)}`}
                className={`block h-full rounded-sm px-px hover:bg-well ${bar.run.id === shown?.run.id ? 'bg-well' : ''}`}
              >
                <Column bar={bar} most={most} longest={longest} />
              </Link>
            </li>
          ))}
        </ol>
      </div>
      <ul aria-label="Colours" className="mt-2 flex flex-wrap gap-x-4 gap-y-1 pl-14 text-xs text-soft">
        {parts.map(([, name, colour]) => (
          <li key={name} className="flex items-center gap-1.5">
            <span aria-hidden className={`size-2.5 rounded-xs ${colour}`} />
            {name}
          </li>
        ))}
        <li className="flex items-center gap-1.5">
          <span aria-hidden className="h-2.5 w-1 rounded-xs bg-accent/60" />
          Duration, downwards
        </li>
      </ul>
    </figure>
  )
}

function Column({bar: {run, seconds}, most, longest}: {bar: Bar; most: number; longest: number}) {
  const failed = run.verdict === 'Failed'
  return (
    <span aria-hidden className="flex h-full flex-col">
      <span className="flex h-24 flex-col-reverse justify-start border-b border-rule">
        {parts.map(([key, name, colour]) => (
          <span key={name} className={`${colour} ${run[key] > 0 ? 'min-h-0.5' : ''}`} style={{height: `${(run[key] / most) * 100}%`}} />
        ))}
        {failed && run.records === 0 ? <span className="h-1.5 bg-bad" /> : null}
      </span>
      <span className="h-10">
        <span className="mx-auto block w-1 rounded-b-xs bg-accent/60" style={{height: `${Math.max(4, (seconds / longest) * 100)}%`}} />
      </span>
    </span>
  )
}

function Words({bar: {run, seconds}}: {bar: Bar}) {
  return (
    <>
      <Badge text={run.verdict ?? 'Running'} />
      <Moment iso={run.startedAt} />
      <span className="text-soft">
        {count(run.records)} records in {duration(seconds)}: {count(run.inserted)} new, {count(run.updated)} changed, {count(run.closed)} closed
      </span>
    </>
  )
}

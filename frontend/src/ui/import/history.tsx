'use client'

import Link from 'next/link'
import {useState} from 'react'
import {to} from '@/address'
import type {ImportRef} from '@/api/base'
import {count, duration, secondsBetween} from '@/format'
import type {RunSummary} from '@/types'
import {Badge} from '@/ui/parts/badge'
import {Moment, Time} from '@/ui/parts/time'
import {isWhole} from '@/ui/state'

const SLOTS = 30
const WIDEST_REM = 6
const AXIS_REM = 3.5
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
    <figure className="mb-6" aria-label="History of runs">
      <figcaption className="mb-3 flex min-h-5 flex-wrap items-center gap-x-4 gap-y-1 text-sm">
        {shown ? <Words bar={shown} /> : null}
      </figcaption>
      <div className="flex flex-wrap gap-x-8 gap-y-2 lg:flex-nowrap">
        <div className="flex min-w-0 grow" style={{maxWidth: `${bars.length * WIDEST_REM + AXIS_REM}rem`}}>
          <div aria-hidden className="mr-2 flex h-34 w-12 shrink-0 flex-col justify-between text-right text-xs text-soft">
            <span>{count(most)}</span>
            <span>{duration(longest)}</span>
          </div>
          <div className="min-w-0 grow">
            <Bars reference={reference} bars={bars} shown={shown?.run.id} choose={setChosen} scale={{most, longest}} />
            <p aria-hidden className="mt-1 flex justify-between gap-x-4 pl-0.5 text-xs text-soft">
              <Time iso={bars[0]?.run.startedAt} />
              {bars.length > 1 ? <Time iso={bars.at(-1)?.run.startedAt} /> : null}
            </p>
          </div>
        </div>
        <Legend />
      </div>
    </figure>
  )
}

interface Scale {
  most: number
  longest: number
}

/** The bars as one stop of the keyboard: the arrows go from one to the next. */
function Bars({reference, bars, shown, choose, scale}: {reference: ImportRef; bars: Bar[]; shown: string | undefined; choose: (run: string) => void; scale: Scale}) {
  const step = (event: React.KeyboardEvent<HTMLAnchorElement>) => {
    const item = event.currentTarget.parentElement
    const next = {ArrowLeft: item?.previousElementSibling, ArrowRight: item?.nextElementSibling}[event.key]
    if (!next) return
    event.preventDefault()
    next.querySelector('a')?.focus()
  }
  return (
    <ol className="flex gap-px border-l border-line sm:gap-0.5">
      {bars.map((bar) => (
        <li key={bar.run.id} className="min-w-0 flex-1">
          <Link
            href={to.run({...reference, run: bar.run.id})}
            tabIndex={bar.run.id === shown ? 0 : -1}
            onMouseEnter={() => choose(bar.run.id)}
            onFocus={() => choose(bar.run.id)}
            onKeyDown={step}
            aria-label={`Run ${bar.run.verdict}: ${count(bar.run.records)} records in ${duration(bar.seconds)}`}
            className={`block h-full rounded-sm px-px hover:bg-well ${bar.run.id === shown ? 'bg-well' : ''}`}
          >
            <Column bar={bar} {...scale} />
          </Link>
        </li>
      ))}
    </ol>
  )
}

function Legend() {
  return (
    <ul aria-label="Colours" className="flex flex-wrap gap-x-4 gap-y-1.5 text-xs text-soft max-lg:pl-14 lg:shrink-0 lg:flex-col">
      {parts.map(([, name, colour]) => (
        <li key={name} className="flex items-center gap-1.5">
          <span aria-hidden className={`size-2.5 rounded-xs ${colour}`} />
          {name}
        </li>
      ))}
      <li className="flex items-center gap-1.5">
        <span aria-hidden className="h-1 w-2.5 bg-bad" />
        Not complete
      </li>
      <li className="flex items-center gap-1.5">
        <span aria-hidden className="mx-[3px] h-2.5 w-1 rounded-xs bg-accent/60" />
        Duration, downwards
      </li>
    </ul>
  )
}

function Column({bar: {run, seconds}, most, longest}: {bar: Bar; most: number; longest: number}) {
  return (
    <span aria-hidden className="flex h-full flex-col">
      <span className={`flex h-24 flex-col-reverse justify-start ${isWhole(run.verdict) ? 'border-b border-rule' : 'border-b-4 border-bad'}`}>
        {parts.map(([key, name, colour]) => (
          <span key={name} className={`${colour} ${run[key] > 0 ? 'min-h-0.5' : ''}`} style={{height: `${(run[key] / most) * 100}%`}} />
        ))}
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

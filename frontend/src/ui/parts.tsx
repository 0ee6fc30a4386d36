'use client'

import {useEffect, useState, type ReactNode} from 'react'
import {problemOf} from '@/api'
import {count, exact, relative} from '@/format'
import {share} from '@/live/progress'
import type {RunProgress} from '@/types'

const colours: Record<string, string> = {
  Complete: 'text-good',
  Unchanged: 'text-good',
  Incremental: 'text-info',
  Empty: 'text-soft',
  Truncated: 'text-warn',
  Partial: 'text-warn',
  Held: 'text-warn',
  Failed: 'text-bad',
  Stalled: 'text-bad',
  Running: 'text-accent',
  Suspended: 'text-soft',
}

/** A verdict or state, in words and colour. */
export function Badge({text}: {text: string}) {
  return (
    <span
      className={`inline-block rounded-full border border-current px-2 py-px text-xs font-medium whitespace-nowrap ${colours[text] ?? 'text-soft'}`}
    >
      {text}
    </span>
  )
}

export function Card({title, aside, children}: {title: string; aside?: ReactNode; children: ReactNode}) {
  return (
    <section className="mt-5 rounded-lg border border-line bg-card">
      <div className="flex flex-wrap items-center gap-3 border-b border-line px-4 py-2.5">
        <h2 className="grow font-semibold">{title}</h2>
        {aside}
      </div>
      <div className="p-4">{children}</div>
    </section>
  )
}

/** A run's progress; while the total is unknown, the bar says so. */
export function ProgressBar({progress}: {progress: RunProgress | null}) {
  const done = progress ? share(progress) : null
  const known = progress !== null && progress.pagesTotal !== null
  const label = !progress
    ? 'Starting'
    : known
      ? `${count(progress.pagesDone)} of ${count(progress.pagesTotal)} pages`
      : `${count(progress.pagesDone)} pages so far`
  return (
    <div>
      <div
        role="progressbar"
        aria-label="Progress"
        aria-valuemin={0}
        aria-valuemax={100}
        aria-valuenow={done === null ? undefined : Math.round(done * 100)}
        aria-valuetext={label}
        className="h-1.5 overflow-hidden rounded-full bg-line"
      >
        {done === null ? (
          <div key="unknown" className="unknown-bar h-full w-1/3 rounded-full bg-accent" />
        ) : (
          <div
            key="known"
            className="h-full rounded-full bg-accent transition-[width] duration-300"
            style={{width: `${done * 100}%`}}
          />
        )}
      </div>
      <div className="mt-1 flex flex-wrap justify-between gap-x-3 text-xs text-soft">
        <span>{label}</span>
        <span>{progress ? `${count(progress.records)} records` : ''}</span>
      </div>
    </div>
  )
}

/** A time relative to now, exact on hover. */
export function Time({iso}: {iso: string | null | undefined}) {
  const [now, setNow] = useState(() => Date.now())
  useEffect(() => {
    const timer = setInterval(() => setNow(Date.now()), 5000)
    return () => clearInterval(timer)
  }, [])
  if (!iso) return <span className="text-soft">–</span>
  return (
    <time dateTime={iso} title={exact(iso)}>
      {relative(iso, now)}
    </time>
  )
}

/** Numbers with their names. */
export function Numbers({values}: {values: [string, number | null | undefined, string?][]}) {
  return (
    <dl className="grid grid-cols-2 gap-x-4 gap-y-3 sm:grid-cols-4">
      {values.map(([name, value, colour]) => (
        <div key={name}>
          <dt className="text-xs text-soft">{name}</dt>
          <dd className={`text-lg font-semibold ${value ? (colour ?? '') : ''}`}>{count(value)}</dd>
        </div>
      ))}
    </dl>
  )
}

export function Loading({lines = 3}: {lines?: number}) {
  return (
    <div role="status" aria-label="Loading" className="space-y-2">
      {Array.from({length: lines}, (_, index) => (
        <div key={index} className="h-5 rounded bg-line motion-safe:animate-pulse" />
      ))}
    </div>
  )
}

export function ErrorBox({error}: {error: unknown}) {
  const problem = problemOf(error)
  return (
    <div role="alert" className="rounded border border-bad p-3 text-sm">
      <p className="font-semibold text-bad">{problem.title}</p>
      <p>{problem.detail}</p>
    </div>
  )
}

export function Empty({children}: {children: ReactNode}) {
  return <p className="py-4 text-center text-sm text-soft">{children}</p>
}

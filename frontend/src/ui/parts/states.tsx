'use client'

import Link from 'next/link'
import type {ReactNode} from 'react'
import {isGone, problemOf} from '@/api/base'
import {useSessionQuery} from '@/api/imports'
import {useHealing} from '@/ui/use-healing'
import {Button} from './controls'

/** A place for what is loading, as large as what comes, so that nothing jumps. */
export function Loading({lines = 3, label = 'Loading'}: {lines?: number; label?: string}) {
  return (
    <div role="status" aria-label={label} className="space-y-3 py-1">
      {Array.from({length: lines}, (_, index) => (
        <div key={index} className="flex h-6 gap-4">
          <div className="w-1/3 rounded-sm bg-line/70 motion-safe:animate-pulse" />
          <div className="grow rounded-sm bg-line/40 motion-safe:animate-pulse" />
        </div>
      ))}
    </div>
  )
}

const heads: Record<number, string> = {
  403: 'Not permitted to you',
  404: 'There is no such thing (any more)',
  503: 'Not known right now',
}

/** What went wrong and what to do: forbidden, gone and unreachable each in their own words. */
export function ErrorBox({error, retry}: {error: unknown; retry?: () => void}) {
  const problem = problemOf(error)
  const soft = problem.status === 403 || problem.status === 404
  return (
    <div role="alert" className={`rounded-md border p-4 text-sm ${soft ? 'border-line bg-well' : 'border-bad bg-card'}`}>
      <p className={`font-semibold ${soft ? '' : 'text-bad'}`}>{heads[problem.status] ?? problem.title}</p>
      <p className="mt-0.5 max-w-prose [overflow-wrap:anywhere]">{problem.detail}</p>
      {retry ? (
        <div className="mt-3">
          <Button onClick={retry}>Try again</Button>
        </div>
      ) : null}
    </div>
  )
}

/** What somebody may not see: which right is lacking, to whom, and where to go. */
function Forbidden({error, retry}: {error: unknown; retry: () => void}) {
  const {data} = useSessionQuery(undefined)
  return (
    <div role="alert" className="mt-6 flex gap-4 rounded-md border border-line bg-well p-5 text-sm">
      <svg viewBox="0 0 24 24" width={26} height={26} fill="none" stroke="currentColor" strokeWidth="1.6" className="shrink-0 text-soft" aria-hidden>
        <path d="M6 10.5h12v9H6zM8.5 10.5V7a3.5 3.5 0 0 1 7 0v3.5M12 14v2.5" strokeLinecap="round" strokeLinejoin="round" />
      </svg>
      <div>
        <h2 className="font-serif text-lg leading-tight font-semibold">This is not open to you</h2>
        <p className="mt-1.5 max-w-prose [overflow-wrap:anywhere]">{problemOf(error).detail}</p>
        <p className="mt-1.5 max-w-prose text-soft [overflow-wrap:anywhere]">
          {data ? `You are logged in as ${data.name}. ` : ''}A right that is given to you holds here within a minute.
        </p>
        <div className="mt-4 flex flex-wrap items-center gap-4">
          <Button onClick={retry}>Try again</Button>
          <Link href="/" className="text-accent hover:underline">
            All imports that you may see
          </Link>
        </div>
      </div>
    </div>
  )
}

/** Nothing here, and why or what to do. */
export function Empty({children, action}: {children: ReactNode; action?: ReactNode}) {
  return (
    <div className="flex flex-wrap items-center gap-x-4 gap-y-2 rounded-md bg-well px-4 py-5 text-sm text-soft">
      <p className="max-w-prose">{children}</p>
      {action}
    </div>
  )
}

export interface Asked<Data> {
  /** The newest answer, also one to an earlier question. */
  data?: Data
  /** The answer to what is asked now. */
  currentData?: Data
  error?: unknown
  refetch: () => unknown
}

/**
 * One of the states of what was asked for: an error first, then the wait, then the answer. What was
 * asked before, as about another import, is never shown as the answer to this. What failed for a
 * while, or came in part, is asked for again until it is whole.
 */
export function Answer<Data>({query, lines, children}: {query: Asked<Data>; lines?: number; children: (data: Data) => ReactNode}) {
  const answer = 'currentData' in query ? query.currentData : query.data
  useHealing(query, answer)
  if (answer === undefined || isGone(query.error)) {
    if (!query.error) return <Loading lines={lines} />
    const retry = () => void query.refetch()
    const forbidden = problemOf(query.error).status === 403
    return forbidden ? <Forbidden error={query.error} retry={retry} /> : <ErrorBox error={query.error} retry={retry} />
  }
  return (
    <>
      {query.error ? (
        <p role="status" className="mb-2 text-sm text-warn">
          This is from before: {problemOf(query.error).detail}
        </p>
      ) : null}
      {children(answer)}
    </>
  )
}

/** What cannot be known right now, said once and plainly. */
export function Unknown({what}: {what: string[] | undefined}) {
  if (!what?.length) return null
  return (
    <ul role="status" className="mt-4 space-y-1 rounded-md bg-well px-4 py-3 text-sm text-warn">
      {what.map((each) => (
        <li key={each}>{each}</li>
      ))}
    </ul>
  )
}

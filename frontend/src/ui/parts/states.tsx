'use client'

'use client'

import type {ReactNode} from 'react'
import {problemOf} from '@/api/base'
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
  403: 'You may not see this',
  404: 'There is no such thing',
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
  if (answer === undefined) {
    return query.error ? <ErrorBox error={query.error} retry={() => void query.refetch()} /> : <Loading lines={lines} />
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

import type {ReactNode} from 'react'
import type {Turning} from '@/list'
import type {Page} from '@/types'
import {Button} from './controls'
import {Answer, Empty, type Asked} from './states'

/**
 * A page of a list in all its states: waiting, failed, empty, or items with the ways on and back.
 * While another page is read, the one before stays, paler, so that nothing jumps.
 */
export function List<Data extends Page<unknown>>({
  query,
  turning,
  noun,
  empty,
  lines = 8,
  children,
}: {
  query: Asked<Data>
  turning: (page: Data) => Turning
  /** What the items are, in the plural. */
  noun: string
  /** What is said where there is none. */
  empty: ReactNode
  lines?: number
  children: (page: Data) => ReactNode
}) {
  const {data, error, refetch} = query
  const waiting = 'currentData' in query && query.currentData === undefined && data !== undefined
  return (
    <Answer query={{data: waiting && error ? undefined : data, error, refetch}} lines={lines}>
      {(page) => (
        <div aria-busy={waiting || undefined} className={waiting ? 'opacity-60' : ''}>
          {page.items.length > 0 ? children(page) : typeof empty === 'string' ? <Empty>{empty}</Empty> : empty}
          <Pager noun={noun} waiting={waiting} {...turning(page)} />
        </div>
      )}
    </Answer>
  )
}

/** Turning the pages of a list; nothing where there is only one. */
function Pager({shown, total, first, onPrevious, onNext, noun, waiting}: Turning & {noun: string; waiting: boolean}) {
  if (!onPrevious && !onNext) return null
  const all = total === null ? 'an unknown number of' : total.toLocaleString('en')
  const range = shown === 0 ? `No ${noun} here` : `${first}–${first + shown - 1} of ${all} ${noun}`
  return (
    <nav aria-label={`Pages of ${noun}`} className="mt-4 flex flex-wrap items-center gap-2 text-sm text-soft">
      <span className="grow">{waiting ? 'Reading …' : range}</span>
      <Button why={onPrevious ? null : 'This is the first page.'} onClick={() => onPrevious?.()}>
        Previous
      </Button>
      <Button why={onNext ? null : 'This is the last page.'} onClick={() => onNext?.()}>
        Next
      </Button>
    </nav>
  )
}

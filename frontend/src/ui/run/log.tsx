'use client'

import {useEffect, useRef} from 'react'
import type {RunRef} from '@/api/base'
import {useLazyRunEventsQuery} from '@/api/imports'
import {linesRead} from '@/live/slice'
import {useAppDispatch, useAppSelector} from '@/store'
import type {RunEvent} from '@/types'
import {Section} from '@/ui/parts/layout'
import {Empty, ErrorBox, Loading} from '@/ui/parts/states'
import {Moment} from '@/ui/parts/time'
import {isWhole} from '@/ui/state'

const READ_MS = 2000
const none: never[] = []

const colours: Record<string, string> = {
  'task.failed': 'text-bad',
  'page.failed': 'text-bad',
  'task.retry': 'text-warn',
  'task.throttled': 'text-warn',
  'task.recovered': 'text-warn',
}

/** A run's end is as good as its verdict. */
const colourOf = ({type, data}: RunEvent) =>
  type === 'run.finished' ? (isWhole(data.verdict) ? 'text-good' : 'text-warn') : (colours[type] ?? '')

/** A page that failed is told by the queue and as it is stored: once is enough. */
function once(lines: RunEvent[]): RunEvent[] {
  const stored = new Set(lines.flatMap(({type, text}) => (type === 'page.failed' ? [text] : [])))
  return lines.filter(({type, text}) => type !== 'task.failed' || !stored.has(text))
}

/** What happens in the run, line by line; follows the end as long as it is in sight. */
export function Log({reference, running}: {reference: RunRef; running: boolean}) {
  const {namespace, name, run} = reference
  const dispatch = useAppDispatch()
  const [read, {error, isUninitialized, data}] = useLazyRunEventsQuery()
  const lines = useAppSelector((state) => state.live.logs[run] ?? none)
  const last = useRef<string>(undefined)
  useEffect(() => {
    let gone = false
    const ask = async () => {
      const answer = await read({namespace, name, run, after: last.current})
      if (gone || !answer.data) return
      last.current = answer.data.items.at(-1)?.id ?? last.current
      dispatch(linesRead({run, lines: answer.data.items}))
    }
    void ask()
    const timer = running ? setInterval(() => void ask(), READ_MS) : undefined
    return () => {
      gone = true
      clearInterval(timer)
    }
  }, [read, dispatch, namespace, name, run, running])
  return (
    <Section title="Log" note={running ? 'live' : undefined}>
      {lines.length > 0 ? (
        <Lines lines={lines} />
      ) : error ? (
        <ErrorBox error={error} />
      ) : isUninitialized || !data ? (
        <Loading lines={4} />
      ) : (
        <Empty>{running ? 'Nothing has happened yet.' : 'No event of this run is kept any more.'}</Empty>
      )}
    </Section>
  )
}

function Lines({lines}: {lines: RunEvent[]}) {
  const box = useRef<HTMLDivElement>(null)
  const atEnd = useRef(true)
  useEffect(() => {
    if (box.current && atEnd.current) box.current.scrollTop = box.current.scrollHeight
  }, [lines])
  return (
    <div
      ref={box}
      role="log"
      aria-label="Log of the run"
      tabIndex={0}
      onScroll={({currentTarget: {scrollTop, scrollHeight, clientHeight}}) => {
        atEnd.current = scrollHeight - scrollTop - clientHeight < 24
      }}
      className="h-80 overflow-y-auto rounded-md bg-well p-3 font-mono text-xs leading-5"
    >
      <ol>
        {once(lines).map((line) => (
          <li key={line.id} className="flex gap-3">
            <span className="shrink-0 text-soft">
              <Moment iso={line.at} short />
            </span>
            <span className={`min-w-0 [overflow-wrap:anywhere] ${colourOf(line)}`}>{line.text}</span>
          </li>
        ))}
      </ol>
    </div>
  )
}

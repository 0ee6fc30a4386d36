import Link from 'next/link'
import {Fragment} from 'react'
import {to} from '@/address'
import type {ImportRef} from '@/api/base'
import {plain} from '@/format'
import type {HistoryEntry} from '@/types'
import {Empty} from '@/ui/parts/states'
import {Moment} from '@/ui/parts/time'
import {changedWords} from '@/words-diff'

const marks: Record<string, [text: string, colour: string]> = {
  Inserted: ['First seen', 'bg-good'],
  Updated: ['Changed', 'bg-info'],
  Closed: ['Closed', 'bg-soft'],
  Reopened: ['Reopened', 'bg-good'],
}

/** What happened to a posting, field by field. */
export function Timeline({reference, history, firstSeenAt}: {reference: ImportRef; history: HistoryEntry[]; firstSeenAt: string | null}) {
  if (history.length === 0) return <Empty>Nothing has changed since it was first seen.</Empty>
  const newest = [...history].reverse()
  const whole = history[0]?.kind === 'Inserted'
  return (
    <ol className="space-y-4 border-l border-line pl-5 text-sm">
      {newest.map((entry, index) => (
        <Entry key={index} reference={reference} entry={entry} />
      ))}
      {whole || !firstSeenAt ? null : (
        <li className="relative text-soft">
          <Dot colour="bg-line" />
          First seen <Moment iso={firstSeenAt} />; what lies in between is not kept.
        </li>
      )}
    </ol>
  )
}

function Dot({colour}: {colour: string}) {
  return <span aria-hidden className={`absolute top-1.5 -left-[1.56rem] size-2.5 rounded-full ring-4 ring-page ${colour}`} />
}

/** What changed in a field: the words that did, in their places, or the whole of it before and after. */
function Change({from, now}: {from: string; now: string}) {
  const pieces = changedWords(from, now)
  const whole = pieces.every(({kind}) => kind !== 'same')
  return (
    <>
      {pieces.map(({kind, text}, index) => {
        if (kind === 'same') return <span key={index}>{text}</span>
        const space = /^\s*/.exec(text)?.[0] ?? ''
        const words = text.slice(space.length)
        return (
          <Fragment key={index}>
            {whole && kind === 'new' ? <span className="text-soft"> → </span> : space}
            {kind === 'gone' ? (
              <del className="rounded-xs bg-bad/8 text-bad decoration-bad/50">{words}</del>
            ) : (
              <ins className="rounded-xs bg-good/8 text-good no-underline">{words}</ins>
            )}
          </Fragment>
        )
      })}
    </>
  )
}

function Entry({reference, entry}: {reference: ImportRef; entry: HistoryEntry}) {
  const [text, colour] = marks[entry.kind] ?? [entry.kind, 'bg-soft']
  const fields = Object.entries(entry.fields ?? {})
  return (
    <li className="relative">
      <Dot colour={colour} />
      <p>
        <span className="font-medium">{text}</span> <Moment iso={entry.at} />{' '}
        {entry.run ? (
          <Link href={to.run({...reference, run: entry.run})} className="text-accent underline">
            by this run
          </Link>
        ) : null}
      </p>
      {fields.length > 0 ? (
        <dl className="mt-1.5 space-y-1.5">
          {fields.map(([name, {from, to: now}]) => (
            <div key={name} className="grid gap-x-4 sm:grid-cols-[10rem_minmax(0,1fr)]">
              <dt className="text-soft">{name}</dt>
              <dd className="[overflow-wrap:anywhere]">
                <Change from={plain(from)} now={plain(now)} />
              </dd>
            </div>
          ))}
        </dl>
      ) : null}
    </li>
  )
}

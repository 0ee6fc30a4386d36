'use client'

import Link from 'next/link'
import {to, useAddress} from '@/address'
import type {ImportRef} from '@/api/base'
import {useRecordQuery} from '@/api/records'
import {inline, plain} from '@/format'
import type {RecordDetail} from '@/types'
import {Badge} from '@/ui/parts/badge'
import {Code} from '@/ui/parts/code'
import {Section} from '@/ui/parts/layout'
import {readable} from '@/ui/parts/json'
import {Answer, Empty} from '@/ui/parts/states'
import {Moment, Time} from '@/ui/parts/time'
import {SafeLink} from './safe-link'
import {Timeline} from './timeline'

const shownApart = new Set(['title', 'company', 'url', 'raw', 'history', '_id'])
const internal = /^(.*Hash|writeToken|schemaVersion|misses|filledBits)$/

/** One posting: what it says now, how it came to that, and what the source sent. */
export function Posting({reference, id}: {reference: ImportRef; id: string}) {
  const record = useRecordQuery({...reference, id})
  const {beside} = useAddress()
  return (
    <div className="mt-6">
      <Link href={beside({id: null})} className="text-sm text-accent hover:underline">
        Back to the list
      </Link>
      <Answer query={record} lines={8}>
        {(data) => (data.posting ? <Shown reference={reference} posting={data.posting} data={data} /> : <Refused data={data} />)}
      </Answer>
    </div>
  )
}

/** A record that was refused and has no posting. */
function Refused({data}: {data: RecordDetail}) {
  if (!data.reject) return <Empty>There is neither a posting nor a reject with this id.</Empty>
  return (
    <Section title="In quarantine" note={data.reject.message}>
      <Code label="Raw record" text={readable(data.reject.raw)} tall />
    </Section>
  )
}

function Shown({reference, posting, data}: {reference: ImportRef; posting: Record<string, unknown>; data: RecordDetail}) {
  const {history, raw, lastSeenRun} = data
  const closedAt = typeof posting.closedAt === 'string' ? posting.closedAt : null
  return (
    <>
      <h2 className="mt-2 font-serif text-xl font-semibold [overflow-wrap:anywhere]">{inline(posting.title)}</h2>
      <p className="mt-1 flex flex-wrap items-baseline gap-x-4 gap-y-1 text-sm">
        <Badge text={closedAt ? 'Closed' : 'Open'} />
        <span>{inline(posting.company)}</span>
        <SafeLink url={posting.url} />
      </p>
      <p className="mt-1 text-sm text-soft">
        First seen <Time iso={textOf(posting.firstSeenAt)} />, changed <Time iso={textOf(posting.lastChangedAt)} />
        {closedAt ? (
          <>
            , closed <Time iso={closedAt} /> ({inline(posting.closedReason)})
          </>
        ) : null}
        {lastSeenRun ? (
          <>
            , last seen in{' '}
            <Link href={to.run({...reference, run: lastSeenRun})} className="text-accent underline">
              this run
            </Link>
          </>
        ) : null}
        .
      </p>
      <Section title="Timeline" note="the newest first">
        <Timeline reference={reference} history={history} firstSeenAt={textOf(posting.firstSeenAt)} />
      </Section>
      <Section title="Fields" note="as a consumer of MongoDB reads them">
        <Fields posting={posting} />
      </Section>
      <Section title="Raw record" note="as the source sent it">
        {raw === null || raw === undefined ? (
          <Empty>The raw record is not kept: spec.mapping.keepRaw keeps it from the next change on.</Empty>
        ) : (
          <Code label="Raw record" text={readable(raw)} tall />
        )}
      </Section>
    </>
  )
}

const textOf = (value: unknown) => (typeof value === 'string' ? value : null)

function Fields({posting}: {posting: Record<string, unknown>}) {
  const rows = Object.entries(posting).filter(([name]) => !shownApart.has(name) && !internal.test(name))
  return (
    <dl className="divide-y divide-line text-sm">
      {rows.map(([name, value]) => (
        <div key={name} className="grid gap-x-6 py-1.5 first:pt-0 sm:grid-cols-[12rem_minmax(0,1fr)]">
          <dt className="text-soft">{name}</dt>
          <dd className="[overflow-wrap:anywhere]">{isTime(name, value) ? <Moment iso={value} /> : <Long text={plain(value)} />}</dd>
        </div>
      ))}
    </dl>
  )
}

const isTime = (name: string, value: unknown): value is string => name.endsWith('At') && typeof value === 'string'

/** Long texts are folded; HTML stays text, whoever wrote it. */
function Long({text}: {text: string}) {
  if (text.length < 240) return <>{text}</>
  return (
    <details>
      <summary>{text.slice(0, 200)}…</summary>
      <p className="mt-1 whitespace-pre-wrap">{text}</p>
    </details>
  )
}

'use client'

import Link from 'next/link'
import {useSearchParams} from 'next/navigation'
import {useState} from 'react'
import {usePagesQuery, useRejectsQuery, useRunQuery, type RunRef} from '@/api'
import {count, taken} from '@/format'
import {useAppSelector} from '@/store'
import type {PageInfo, PartitionOutcome, RunDetail, RunProgress} from '@/types'
import {Badge, Card, Empty, ErrorBox, Loading, Numbers, ProgressBar, Time} from './parts'

/** One run: how far it is, what it came to, and what went wrong. */
export function RunPage() {
  const params = useSearchParams()
  const ref: RunRef = {
    namespace: params.get('ns') ?? '',
    name: params.get('name') ?? '',
    run: params.get('id') ?? '',
  }
  const current = useAppSelector(
    (state) => state.live.imports[`${ref.namespace}/${ref.name}`]?.currentRun,
  )
  const {data, error} = useRunQuery(ref, {
    pollingInterval: current?.id === ref.run ? 3000 : 0,
    skipPollingIfUnfocused: true,
  })
  if (!data) return error ? <ErrorBox error={error} /> : <Loading lines={8} />
  const progress = current?.id === ref.run ? (current.progress ?? data.progress) : data.progress
  const running = data.verdict === null
  const back = new URLSearchParams({ns: ref.namespace, name: ref.name})
  return (
    <>
      <nav aria-label="Breadcrumb" className="text-sm text-soft">
        <Link href="/" className="hover:text-accent">
          Imports
        </Link>
        {' / '}
        <Link href={`/import/?${back}`} className="hover:text-accent">
          {ref.namespace}/{ref.name}
        </Link>
      </nav>
      <div className="mt-1 flex flex-wrap items-center gap-3">
        <h1 className="text-xl font-semibold break-all">{data.id}</h1>
        <Badge text={data.verdict ?? (progress?.state === 'paused' ? 'Suspended' : 'Running')} />
      </div>
      <p className="mt-1 text-soft">
        {data.reason}, started <Time iso={data.startedAt} />
        {data.finishedAt ? `, took ${taken(data.startedAt, data.finishedAt)}` : ''}
      </p>
      {data.message ? <p className="mt-2 max-w-3xl">{data.message}</p> : null}
      <Card title={running ? 'Progress' : 'Result'}>
        {running ? (
          <div className="mb-4">
            <ProgressBar progress={progress} />
            {progress?.waitingRetry ? (
              <p className="mt-2 text-sm text-warn">
                {count(progress.waitingRetry)} pages wait for another try, the next{' '}
                <Time iso={progress.nextRetryAt} />: {progress.lastError}
              </p>
            ) : null}
          </div>
        ) : null}
        <Totals run={data} progress={running ? progress : null} />
      </Card>
      <Partitions partitions={data.partitions} />
      {data.errors.length > 0 ? (
        <Card title="Errors">
          <ul className="space-y-2 text-sm">
            {data.errors.map((group) => (
              <li key={group.message}>
                <span className="font-medium text-bad">{count(group.count)}×</span> {group.message}
                <span className="block text-xs break-all text-soft">for example {group.example}</span>
              </li>
            ))}
          </ul>
        </Card>
      ) : null}
      <Pages ref_={ref} />
      <Rejects ref_={ref} />
    </>
  )
}

function Totals({run, progress}: {run: RunDetail; progress: RunProgress | null}) {
  const from = progress ?? run
  return (
    <Numbers
      values={[
        ['Records', from.records],
        ['New', from.inserted, 'text-good'],
        ['Changed', from.updated, 'text-info'],
        ['Unchanged', from.unchanged],
        ['Closed', progress ? null : run.closed],
        ['Rejected', from.rejected, 'text-warn'],
        ['Failed pages', progress ? progress.pagesFailed : run.failedPages, 'text-bad'],
        ['Retries', from.retries],
      ]}
    />
  )
}

function Partitions({partitions}: {partitions: PartitionOutcome[]}) {
  if (partitions.length < 2) return null
  return (
    <Card title="Partitions">
      <ul className="divide-y divide-line text-sm">
        {partitions.map((one) => (
          <li key={one.key} className="flex flex-wrap items-center gap-3 py-1.5">
            <span className="font-medium">{one.key}</span>
            <Badge text={one.verdict} />
            <span className="text-soft">{one.message}</span>
          </li>
        ))}
      </ul>
    </Card>
  )
}

function Pages({ref_}: {ref_: RunRef}) {
  const [state, setState] = useState('')
  const [cursors, setCursors] = useState<string[]>([])
  const {data, error} = usePagesQuery({...ref_, state, cursor: cursors.at(-1)})
  const choose = (
    <select
      value={state}
      aria-label="State of pages"
      onChange={(event) => {
        setState(event.target.value)
        setCursors([])
      }}
      className="rounded border border-line bg-card px-2 py-1 text-sm"
    >
      <option value="">All pages</option>
      <option value="done">Done</option>
      <option value="failed">Failed</option>
    </select>
  )
  return (
    <Card title="Pages" aside={choose}>
      {error ? (
        <ErrorBox error={error} />
      ) : !data ? (
        <Loading />
      ) : data.items.length === 0 ? (
        <Empty>No page yet.</Empty>
      ) : (
        <div className="overflow-x-auto">
          <table className="w-full text-sm">
            <thead className="text-left text-xs text-soft">
              <tr>
                <th className="py-1 pr-3 text-right font-normal">Page</th>
                <th className="pr-3 font-normal">State</th>
                <th className="pr-3 text-right font-normal">Tries</th>
                <th className="pr-3 text-right font-normal">Records</th>
                <th className="font-normal">Source</th>
              </tr>
            </thead>
            <tbody className="divide-y divide-line">
              {data.items.map((page) => (
                <tr key={page.id}>
                  <td className="py-1.5 pr-3 text-right">{page.number}</td>
                  <td className={`pr-3 ${page.state === 'failed' ? 'text-bad' : ''}`}>{page.state}</td>
                  <td className="pr-3 text-right">{page.attempt}</td>
                  <td className="pr-3 text-right">{count(page.records)}</td>
                  <td className="break-all text-soft">
                    <span title={page.url ?? ''}>{page.error ?? answerOf(page)}</span>
                  </td>
                </tr>
              ))}
            </tbody>
          </table>
          <div className="mt-3 flex gap-2 text-sm">
            <Turn
              text="Previous"
              on={cursors.length > 0}
              turn={() => setCursors(cursors.slice(0, -1))}
            />
            <Turn
              text="Next"
              on={data.nextCursor !== null}
              turn={() => setCursors([...cursors, data.nextCursor ?? ''])}
            />
          </div>
        </div>
      )}
    </Card>
  )
}

/** What the source answered, and to which path. */
function answerOf(page: PageInfo): string {
  const path = (page.url ?? '').replace(/^https?:\/\/[^/]+/, '')
  return page.httpStatus === null ? (page.url ?? '') : `${page.httpStatus} ${path}`
}

function Turn({text, on, turn}: {text: string; on: boolean; turn: () => void}) {
  return (
    <button
      type="button"
      disabled={!on}
      onClick={turn}
      className="rounded border border-line px-3 py-1 disabled:opacity-40"
    >
      {text}
    </button>
  )
}

function Rejects({ref_}: {ref_: RunRef}) {
  const {data} = useRejectsQuery(ref_)
  if (!data || data.items.length === 0) return null
  const all = data.groups.reduce((sum, group) => sum + group.count, 0)
  return (
    <Card title="Rejects" aside={<span className="text-sm text-soft">{count(all)} in quarantine</span>}>
      <ul className="divide-y divide-line text-sm">
        {data.items.map((reject) => (
          <li key={reject.id} className="py-2">
            <details>
              <summary className="cursor-pointer">
                <span className="font-medium break-all">{reject.externalId ?? 'without an id'}</span>{' '}
                <span className="text-warn">{reject.message}</span>
              </summary>
              <pre className="mt-2 max-h-64 overflow-auto rounded border border-line p-2 text-xs break-all whitespace-pre-wrap">
                {reject.raw}
              </pre>
            </details>
          </li>
        ))}
      </ul>
    </Card>
  )
}

'use client'

import Link from 'next/link'
import {useSearchParams} from 'next/navigation'
import {stringify} from 'yaml'
import {useImportDetailQuery, useRunsQuery} from '@/api'
import {count, taken} from '@/format'
import {useAppSelector} from '@/store'
import type {Condition, RunSummary} from '@/types'
import {ActionsBar} from './actions-bar'
import {History} from './history'
import {Badge, Card, Empty, ErrorBox, Loading, ProgressBar, Time} from './parts'
import {headline, stateOf} from './state'

/** One import: how it is, what runs, what ran, what it is made of. */
export function ImportPage() {
  const params = useSearchParams()
  const ref = {namespace: params.get('ns') ?? '', name: params.get('name') ?? ''}
  const live = useAppSelector((state) => state.live.imports[`${ref.namespace}/${ref.name}`])
  const detail = useImportDetailQuery(ref, {pollingInterval: 5000, skipPollingIfUnfocused: true})
  const runs = useRunsQuery(ref)
  const imp = live ?? detail.data
  if (!imp) return detail.error ? <ErrorBox error={detail.error} /> : <Loading lines={8} />
  return (
    <>
      <nav aria-label="Breadcrumb" className="text-sm text-soft">
        <Link href="/" className="hover:text-accent">
          Imports
        </Link>
        {' / '}
        {imp.namespace}
      </nav>
      <div className="mt-1 flex flex-wrap items-center gap-3">
        <h1 className="text-xl font-semibold">{imp.name}</h1>
        <Badge text={stateOf(imp) === 'Ok' ? (imp.lastRun?.verdict ?? 'New') : stateOf(imp)} />
        <span className="grow" />
        <ActionsBar imp={imp} />
      </div>
      <p className="mt-2 max-w-3xl text-soft">{headline(imp)}</p>
      {imp.currentRun ? (
        <Card title="Running" aside={<RunLink ref_={ref} run={imp.currentRun.id} text="Details" />}>
          <ProgressBar progress={imp.currentRun.progress} />
          <p className="mt-2 text-sm text-soft">
            {imp.currentRun.reason}, started <Time iso={imp.currentRun.startedAt} />
            {imp.currentRun.progress?.lastError ? ` · ${imp.currentRun.progress.lastError}` : ''}
          </p>
        </Card>
      ) : null}
      <Card
        title="Runs"
        aside={
          <span className="text-sm text-soft">
            {imp.schedule ? `Schedule ${imp.schedule} ${imp.timeZone ?? 'UTC'}` : 'No schedule'}
            {imp.nextRunTime ? ', next ' : ''}
            {imp.nextRunTime ? <Time iso={imp.nextRunTime} /> : null}
          </span>
        }
      >
        {runs.error ? (
          <ErrorBox error={runs.error} />
        ) : !runs.data ? (
          <Loading />
        ) : runs.data.items.length === 0 ? (
          <Empty>Nothing has run yet.</Empty>
        ) : (
          <>
            <History runs={runs.data.items} />
            <RunTable ref_={ref} runs={runs.data.items} />
          </>
        )}
      </Card>
      {detail.data ? (
        <>
          <Card title="Conditions">
            <Conditions conditions={detail.data.conditions} />
          </Card>
          <Card title="Spec" aside={<span className="text-sm text-soft">generation {detail.data.generation}</span>}>
            <pre className="text-xs leading-5 break-words whitespace-pre-wrap">
              {stringify(detail.data.spec)}
            </pre>
          </Card>
        </>
      ) : null}
    </>
  )
}

function RunLink({ref_, run, text}: {ref_: {namespace: string; name: string}; run: string; text: string}) {
  const query = new URLSearchParams({ns: ref_.namespace, name: ref_.name, id: run})
  return (
    <Link href={`/run/?${query}`} className="text-sm text-accent hover:underline">
      {text}
    </Link>
  )
}

function RunTable({ref_, runs}: {ref_: {namespace: string; name: string}; runs: RunSummary[]}) {
  return (
    <div className="overflow-x-auto">
      <table className="mt-3 w-full text-sm">
        <thead className="text-left text-xs text-soft">
          <tr>
            <th className="py-1 pr-3 font-normal">Run</th>
            <th className="pr-3 font-normal">Verdict</th>
            <th className="pr-3 font-normal">Took</th>
            <th className="pr-3 text-right font-normal">Records</th>
            <th className="pr-3 text-right font-normal">New</th>
            <th className="pr-3 text-right font-normal">Changed</th>
            <th className="pr-3 text-right font-normal">Closed</th>
            <th className="text-right font-normal">Rejected</th>
          </tr>
        </thead>
        <tbody className="divide-y divide-line">
          {runs.map((run) => (
            <tr key={run.id} title={run.message}>
              <td className="py-1.5 pr-3 whitespace-nowrap">
                <RunLink ref_={ref_} run={run.id} text={run.reason} />{' '}
                <span className="text-soft">
                  <Time iso={run.startedAt} />
                </span>
              </td>
              <td className="pr-3">
                <Badge text={run.verdict ?? 'Running'} />
              </td>
              <td className="pr-3 whitespace-nowrap">{taken(run.startedAt, run.finishedAt) ?? '…'}</td>
              {[run.records, run.inserted, run.updated, run.closed, run.rejected].map((value, index) => (
                <td key={index} className="pr-3 text-right last:pr-0">
                  {count(run.verdict ? value : null)}
                </td>
              ))}
            </tr>
          ))}
        </tbody>
      </table>
    </div>
  )
}

function Conditions({conditions}: {conditions: Condition[]}) {
  if (conditions.length === 0) return <Empty>The operator has not looked at it yet.</Empty>
  return (
    <ul className="space-y-2 text-sm">
      {conditions.map((one) => (
        <li key={one.type} className="grid gap-x-4 sm:grid-cols-[12rem_minmax(0,1fr)]">
          <span className="font-medium">
            {one.type} {one.status} <span className="font-normal text-soft">({one.reason})</span>
          </span>
          <span className="text-soft">{one.message}</span>
        </li>
      ))}
    </ul>
  )
}

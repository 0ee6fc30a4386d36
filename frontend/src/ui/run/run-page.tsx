'use client'

import {to, useAddress} from '@/address'
import {useRunQuery} from '@/api/imports'
import {isGone, type RunRef} from '@/api/base'
import {count, some, taken, unlessNone} from '@/format'
import {forward} from '@/live/progress'
import {useFollow} from '@/live/follow'
import {roomOfRun} from '@/live/rooms'
import type {RunDetail, RunProgress} from '@/types'
import {ActionsBar} from '@/ui/actions-bar'
import {PartitionTable} from '@/ui/import/partitions'
import {useImport} from '@/ui/import/import-head'
import {Badge} from '@/ui/parts/badge'
import {Breadcrumb, Figures, Section, Title} from '@/ui/parts/layout'
import {ProgressBar} from '@/ui/parts/progress'
import {Answer, Unknown} from '@/ui/parts/states'
import {Moment, Time} from '@/ui/parts/time'
import {Errors} from './errors'
import {Log} from './log'
import {Pages} from './pages'
import {completeness} from './sentence'

/** One run: how far it is, what it came to, and what went wrong. */
export function RunPage() {
  const {get} = useAddress()
  const ref: RunRef = {namespace: get('ns'), name: get('name'), run: get('id')}
  const {imp} = useImport(ref)
  const current = imp?.currentRun?.id === ref.run ? imp.currentRun : undefined
  const run = useRunQuery(ref, {pollingInterval: current ? 3000 : 0, skipPollingIfUnfocused: true})
  useFollow(roomOfRun(ref))
  return (
    <>
      <Breadcrumb
        parts={[
          {text: 'Imports', href: '/'},
          {text: ref.namespace, href: to.overview({ns: ref.namespace})},
          {text: ref.name, href: to.import(ref)},
          {text: 'Run'},
        ]}
      />
      {run.currentData && !isGone(run.error) ? null : <Title>Run</Title>}
      <Answer query={run} lines={10}>
        {(data) => {
          const progress = progressOf(data, current?.progress ?? null)
          const running = data.verdict === null
          return (
            <>
              <Title
                badge={<Badge text={data.verdict ?? (progress?.state === 'paused' ? 'Suspended' : 'Running')} />}
                actions={imp && running ? <ActionsBar imp={imp} only={['cancel', imp.suspended ? 'resume' : 'suspend']} /> : null}
              >
                Run of <Moment iso={data.startedAt} />
              </Title>
              <p className="mt-1 text-sm text-soft">
                {data.reason}
                {data.retryPartition ? ` of partition ${data.retryPartition} alone` : ''}, started <Time iso={data.startedAt} />
                {data.finishedAt ? `, took ${taken(data.startedAt, data.finishedAt)}` : ''}. Id <code className="text-xs break-all">{data.id}</code>
              </p>
              <p className="mt-3 max-w-prose text-base [overflow-wrap:anywhere]" data-testid="sentence">
                {running ? '' : completeness(data)}
              </p>
              <Unknown what={data.unknown} />
              {running ? <Progress progress={progress} /> : null}
              <div className="mt-6">
                <Figures values={figures(data, running ? progress : null)} />
              </div>
              {data.partitions.length > 0 ? (
                <Section title="Partitions">
                  <PartitionTable imp={imp?.lastRun?.id === ref.run ? imp : undefined} partitions={data.partitions} said={data.message} />
                </Section>
              ) : null}
              <Errors errors={data.errors} />
              <Pages reference={ref} />
              <Log reference={ref} running={running} />
            </>
          )
        }}
      </Answer>
    </>
  )
}

function progressOf(run: RunDetail, live: RunProgress | null): RunProgress | null {
  if (!live) return run.progress
  return run.progress ? forward(run.progress, live) : live
}

function Progress({progress}: {progress: RunProgress | null}) {
  return (
    <div className="mt-4">
      <ProgressBar progress={progress} />
      <p className="mt-1 min-h-5 text-sm text-warn">
        {progress?.waitingRetry ? (
          <>
            {some(progress.waitingRetry, 'page')} {progress.waitingRetry === 1 ? 'waits' : 'wait'} for another try, the next <Time iso={progress.nextRetryAt} />
            {progress.lastError ? `: ${progress.lastError}` : ''}
          </>
        ) : null}
      </p>
    </div>
  )
}

function figures(run: RunDetail, progress: RunProgress | null) {
  const from = progress ?? run
  const failed = progress ? progress.pagesFailed : run.failedPages
  return [
    {name: 'Records', value: count(from.records)},
    {name: 'New', value: count(from.inserted), colour: unlessNone(from.inserted, 'text-good')},
    {name: 'Changed', value: count(from.updated), colour: unlessNone(from.updated, 'text-info')},
    {name: 'Unchanged', value: count(from.unchanged), colour: unlessNone(from.unchanged)},
    {name: 'Closed', value: count(progress ? null : run.closed), colour: unlessNone(run.closed)},
    {name: 'Rejected', value: count(from.rejected), colour: unlessNone(from.rejected, 'text-warn')},
    {name: 'Failed pages', value: count(failed), colour: unlessNone(failed, 'text-bad')},
    {name: 'Retries', value: count(from.retries), colour: unlessNone(from.retries)},
  ]
}

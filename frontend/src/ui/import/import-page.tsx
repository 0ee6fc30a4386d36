'use client'

import Link from 'next/link'
import {to, useNamedImport} from '@/address'
import type {ImportRef} from '@/api/base'
import {useRunsQuery} from '@/api/imports'
import {useFollow} from '@/live/follow'
import {roomOfImport} from '@/live/rooms'
import {count, unlessNone} from '@/format'
import type {ImportDetail} from '@/types'
import {Figures, Section} from '@/ui/parts/layout'
import {ProgressBar} from '@/ui/parts/progress'
import {Sparkline} from '@/ui/parts/sparkline'
import {Answer, Empty, Unknown} from '@/ui/parts/states'
import {Time} from '@/ui/parts/time'
import {scheduleOf} from '@/ui/state'
import {Conditions, Events} from './conditions'
import {CoverageTable} from './coverage'
import {History} from './history'
import {ImportHead, useImport} from './import-head'
import {Partitions} from './partitions'
import {RunLink, RunTable} from './run-table'
import {SpecSection} from './spec'

/** One import: how it is, what runs, what ran, how well it is filled, what it is made of. */
export function ImportPage() {
  const ref = useNamedImport()
  const {imp, detail} = useImport(ref)
  const runs = useRunsQuery(ref)
  useFollow(roomOfImport(ref))
  return (
    <>
      <ImportHead reference={ref} part="import" />
      <Answer query={{data: imp, error: detail.error, refetch: detail.refetch}} lines={10}>
        {(imp) => (
          <>
            <Unknown what={imp.unknown} />
            <div className="mt-6">
              <KeyFigures reference={ref} imp={imp} />
            </div>
            {imp.currentRun ? (
              <Section title="Running now" aside={<RunLink reference={ref} run={imp.currentRun.id} text="Follow the run" />}>
                <ProgressBar progress={imp.currentRun.progress} />
                <p className="mt-2 min-h-5 text-sm text-soft [overflow-wrap:anywhere]">
                  {imp.currentRun.reason}, started <Time iso={imp.currentRun.startedAt} />
                  {imp.currentRun.progress?.lastError ? `. Last error: ${imp.currentRun.progress.lastError}` : ''}
                </p>
              </Section>
            ) : null}
            <Section title="Runs" note={scheduleOf(imp)}>
              <Answer query={runs} lines={6}>
                {({items}) =>
                  items.length === 0 ? (
                    <Empty>Nothing has run yet.</Empty>
                  ) : (
                    <>
                      <History reference={ref} runs={items} />
                      <RunTable reference={ref} runs={items} />
                    </>
                  )
                }
              </Answer>
            </Section>
            <Partitions reference={ref} imp={imp} />
            <CoverageTable coverage={imp.coverage} />
            <Conditions conditions={imp.conditions} />
            <Events reference={ref} />
            <SpecSection imp={imp} />
          </>
        )}
      </Answer>
    </>
  )
}

function KeyFigures({reference, imp}: {reference: ImportRef; imp: ImportDetail}) {
  const last = imp.lastRun
  return (
    <div className="flex flex-col gap-x-8 gap-y-5 lg:flex-row">
      <Figures
        values={[
          {
            name: 'Open postings',
            value: (
              <span className="flex items-center gap-3">
                {count(imp.openPostings)}
                <Sparkline values={imp.trend ?? []} width={80} />
              </span>
            ),
          },
          {name: 'Last success', value: <Time iso={imp.freshAt} />},
          {name: 'Next run', value: imp.suspended ? 'suspended' : <Time iso={imp.nextRunTime} />},
          {name: 'Owner', value: imp.owner ?? <span className="text-soft">nobody</span>},
        ]}
      />
      {last ? (
        <div className="border-line lg:border-l lg:pl-8">
          <Figures
            values={[
              {name: 'Last run', value: <LastRun reference={reference} run={last} />},
              {name: 'New', value: count(last.inserted), colour: unlessNone(last.inserted, 'text-good')},
              {name: 'Changed', value: count(last.updated), colour: unlessNone(last.updated, 'text-info')},
              {name: 'Closed', value: count(last.closed), colour: unlessNone(last.closed)},
              {name: 'Rejected', value: count(last.rejected), colour: unlessNone(last.rejected, 'text-warn')},
            ]}
          />
        </div>
      ) : null}
    </div>
  )
}

function LastRun({reference, run}: {reference: ImportRef; run: NonNullable<ImportDetail['lastRun']>}) {
  return (
    <Link href={to.run({...reference, run: run.id})} className="hover:text-accent hover:underline">
      <Time iso={run.finishedAt} />
    </Link>
  )
}

'use client'

import {useNamedImport} from '@/address'
import {useRunsQuery} from '@/api/imports'
import {count} from '@/format'
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
  return (
    <>
      <ImportHead reference={ref} part="import" />
      <Answer query={{data: imp, error: detail.error, refetch: detail.refetch}} lines={10}>
        {(imp) => (
          <>
            <Unknown what={imp.unknown} />
            <div className="mt-6">
              <KeyFigures imp={imp} />
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

function KeyFigures({imp}: {imp: ImportDetail}) {
  const last = imp.lastRun
  return (
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
        {name: 'Fresh', value: <Time iso={imp.freshAt} />, note: 'last successful run'},
        {name: 'Next run', value: imp.suspended ? 'suspended' : <Time iso={imp.nextRunTime} />},
        {name: 'New', value: count(last?.inserted), note: 'in the last run'},
        {name: 'Changed', value: count(last?.updated), note: 'in the last run'},
        {name: 'Closed', value: count(last?.closed), note: 'in the last run'},
        {name: 'Rejected', value: count(last?.rejected), note: 'in the last run', colour: last?.rejected ? 'text-warn' : ''},
        {name: 'Owner', value: <span className="text-base">{imp.owner ?? 'nobody named'}</span>},
      ]}
    />
  )
}

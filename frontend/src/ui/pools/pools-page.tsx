'use client'

import {usePoolsQuery} from '@/api/imports'
import {count, duration} from '@/format'
import type {PoolInfo, Worker} from '@/types'
import {Badge} from '@/ui/parts/badge'
import {Figures, Section, Title} from '@/ui/parts/layout'
import {Answer, Empty} from '@/ui/parts/states'
import {Cell, Table} from '@/ui/parts/table'
import {factsOf} from './pool-facts'

const NOW_MS = 5_000
const MOST_MARKS = 16

/** The pools: what waits, who works, and why there are so many workers. */
export function PoolsPage() {
  const pools = usePoolsQuery(undefined, {pollingInterval: 2000, skipPollingIfUnfocused: true})
  return (
    <>
      <Title>Workers</Title>
      <p className="mt-1 max-w-prose text-soft">
        A pool is one Deployment of workers with its queue. It grows with its load at once, and shrinks slowly: idle workers first, busy ones never.
      </p>
      <Answer query={pools} lines={6}>
        {({items}) =>
          items.length === 0 ? (
            <div className="mt-8">
              <Empty>No pool has had work yet. One appears here with the first run of an import.</Empty>
            </div>
          ) : (
            items.map((pool) => <Pool key={`${pool.namespace}/${pool.pool}`} pool={pool} />)
          )
        }
      </Answer>
    </>
  )
}

function Pool({pool}: {pool: PoolInfo}) {
  const facts = factsOf(pool)
  const oldest = pool.ready > 0 && pool.oldestReadyAgeMs > 0 ? `oldest ${duration(pool.oldestReadyAgeMs / 1000)}` : null
  const limits = pool.max === null || pool.max === undefined ? null : `between ${pool.min ?? 0} and ${pool.max}`
  return (
    <Section title={`${pool.namespace}/${pool.pool}`} note={facts.sentence}>
      <Figures
        values={[
          {name: 'Tasks in work', value: count(pool.leased), note: `${facts.slotsBusy} of ${facts.slots} slots`},
          {name: 'Ready', value: count(pool.ready), note: oldest},
          {name: 'Retries', value: count(pool.retry), note: `${count(pool.due)} due within 5 s`},
          {name: 'In backlogs', value: count(pool.backlog)},
          {name: 'Workers wanted', value: count(pool.desired), note: limits},
          {name: 'Workers ready', value: count(pool.workersReady ?? facts.alive)},
          {name: 'Workers busy', value: count(pool.busy)},
        ]}
      />
      <p className="mt-4 max-w-prose text-sm">
        <span className="text-soft">Why this size: </span>
        {pool.reason ?? 'nothing was said yet.'}
      </p>
      <div className="mt-4">
        {pool.workers.length === 0 ? (
          <Empty>No worker runs. The first starts within seconds of new work.</Empty>
        ) : (
          <Table
            label={`Workers of ${pool.pool}`}
            columns={[{head: 'Worker'}, {head: 'State'}, {head: 'Version', wide: true}, {head: 'Slots busy', number: true}, {head: 'Heard from', number: true}]}
          >
            {pool.workers.map((worker) => (
              <tr key={worker.id}>
                <Cell className="font-medium break-all">{worker.id}</Cell>
                <Cell>
                  <WorkerState worker={worker} />
                </Cell>
                <Cell wide className="text-soft">
                  {worker.version}
                </Cell>
                <Cell number>
                  <span className="flex items-center justify-end gap-3">
                    <Slots busy={worker.busy} all={worker.slots} />
                    {worker.busy} of {worker.slots}
                  </span>
                </Cell>
                <Cell number>{worker.heartbeatAgeMs < NOW_MS ? 'now' : `${duration(worker.heartbeatAgeMs / 1000)} ago`}</Cell>
              </tr>
            ))}
          </Table>
        )}
      </div>
    </Section>
  )
}

/** The slots as marks, the busy ones filled; none where they are too many to be told apart. */
function Slots({busy, all}: {busy: number; all: number}) {
  if (all > MOST_MARKS) return null
  return (
    <span aria-hidden className="flex gap-0.5 max-sm:hidden">
      {Array.from({length: all}, (_, index) => (
        <span key={index} className={`h-3 w-1.5 rounded-xs ${index < busy ? 'bg-accent' : 'bg-line'}`} />
      ))}
    </span>
  )
}

function WorkerState({worker}: {worker: Worker}) {
  if (worker.heartbeatAgeMs >= 15_000) return <Badge text="False" as="Silent" title="No heartbeat; its tasks go back when their leases run out." />
  if (worker.draining) return <Badge text="Suspended" as="Draining" title="Takes no new task; ends when it is idle." />
  return worker.busy > 0 ? <Badge text="Running" as="Busy" /> : <Badge text="Unchanged" as="Idle" />
}

'use client'

import {actionOf, reasonAgainst, type Offered} from '@/actions'
import type {ImportRef} from '@/api/base'
import {count, unlessNone} from '@/format'
import type {Partition} from '@/types'
import {Badge} from '@/ui/parts/badge'
import {Button, UNDER_WAY} from '@/ui/parts/controls'
import {Section} from '@/ui/parts/layout'
import {Cell, Table} from '@/ui/parts/table'
import {useAct} from '@/ui/use-act'

const columns = [
  {head: 'Partition'},
  {head: 'Verdict'},
  {head: 'What it means', wide: true},
  {head: 'Records', number: true},
  {head: 'Advertised', number: true},
  {head: 'Closed', number: true},
  {head: 'Held back', number: true},
  {head: 'Retry', className: 'sr-only'},
]

const good = new Set(['Complete', 'Unchanged', 'Incremental', 'Empty', 'Truncated'])

/** How a source without partitions names its only one. */
const WHOLE = 'all'

/** Whether a retry has something to walk; by the verdict, where pages are not counted. */
const failed = (one: Partition) => (one.failedPages === null ? !good.has(one.verdict) : one.failedPages > 0)

/** The last run's partitions, each with its verdict and why. */
export function Partitions({imp}: {reference: ImportRef; imp: Offered & {partitions: Partition[]}}) {
  if (imp.partitions.length === 0) return null
  return (
    <Section title="Partitions" note="of the last run">
      <PartitionTable imp={imp} partitions={imp.partitions} said={imp.lastRun?.message ?? ''} />
    </Section>
  )
}

interface TableProps {
  /** The import, where its last run is meant: then what failed can be walked again. */
  imp: Offered | undefined
  partitions: Partition[]
  /** What the page says of the run already: not said again of its only partition. */
  said: string
}

export function PartitionTable({imp, partitions, said}: TableProps) {
  const {perform, busy} = useAct()
  const retry = actionOf('retry')
  const meaning = (one: Partition) => (partitions.length === 1 && said.includes(one.message) ? 'As said above.' : one.message)
  return (
    <Table label="Partitions" columns={columns}>
      {partitions.map((one) => (
        <tr key={one.key}>
          <Cell className="max-md:min-w-56 [overflow-wrap:anywhere]">
            <span className="font-medium">{one.key === WHOLE || one.key === '' ? 'The whole source' : one.key}</span>
            <span className="block text-soft md:hidden">{meaning(one)}</span>
          </Cell>
          <Cell>
            <Badge text={one.verdict} />
          </Cell>
          <Cell wide className="min-w-56 [overflow-wrap:anywhere] text-soft">
            {meaning(one)}
          </Cell>
          <Cell number className={unlessNone(one.records)}>{count(one.records)}</Cell>
          <Cell number>{one.advertised === null ? 'not said' : count(one.advertised)}</Cell>
          <Cell number className={unlessNone(one.closed)}>{count(one.closed)}</Cell>
          <Cell number className={unlessNone(one.held, 'text-warn')}>
            {count(one.held)}
          </Cell>
          <Cell number>
            {imp && failed(one) ? (
              <Button
                why={busy ? UNDER_WAY : reasonAgainst(retry, imp)}
                title={`Walk again only what failed of ${one.key}.`}
                onClick={() => void perform('retry', imp, partitions.length > 1 ? {partition: one.key} : {})}
              >
                Retry failed<span className="sr-only"> pages of {one.key}</span>
              </Button>
            ) : null}
          </Cell>
        </tr>
      ))}
    </Table>
  )
}

'use client'

import {actionOf, reasonAgainst, type Offered} from '@/actions'
import type {ImportRef} from '@/api/base'
import {count} from '@/format'
import type {Partition} from '@/types'
import {Badge} from '@/ui/parts/badge'
import {Button} from '@/ui/parts/controls'
import {Section} from '@/ui/parts/layout'
import {Cell, Table} from '@/ui/parts/table'
import {useAct} from '@/ui/use-act'

const columns = [
  {head: 'Partition'},
  {head: 'Verdict'},
  {head: 'What it means'},
  {head: 'Records', number: true},
  {head: 'Advertised', number: true},
  {head: 'Closed', number: true},
  {head: 'Held back', number: true},
  {head: 'Retry', className: 'sr-only'},
]

const good = new Set(['Complete', 'Unchanged', 'Incremental', 'Empty', 'Truncated'])

/** Whether a retry has something to walk; by the verdict, where pages are not counted. */
const failed = (one: Partition) => (one.failedPages === null ? !good.has(one.verdict) : one.failedPages > 0)

/** The last run's partitions, each with its verdict and why. */
export function Partitions({imp}: {reference: ImportRef; imp: Offered & {partitions: Partition[]}}) {
  if (imp.partitions.length === 0) return null
  return (
    <Section title="Partitions" note="of the last run">
      <PartitionTable imp={imp} partitions={imp.partitions} />
    </Section>
  )
}

export function PartitionTable({imp, partitions}: {imp: Offered | undefined; partitions: Partition[]}) {
  const {perform, busy} = useAct()
  const retry = actionOf('retry')
  return (
    <Table label="Partitions" columns={columns}>
      {partitions.map((one) => (
        <tr key={one.key}>
          <Cell className="font-medium [overflow-wrap:anywhere]">{one.key || 'the whole source'}</Cell>
          <Cell>
            <Badge text={one.verdict} />
          </Cell>
          <Cell className="min-w-56 [overflow-wrap:anywhere] text-soft">{one.message}</Cell>
          <Cell number>{count(one.records)}</Cell>
          <Cell number>{one.advertised === null ? 'not said' : count(one.advertised)}</Cell>
          <Cell number>{count(one.closed)}</Cell>
          <Cell number className={one.held ? 'text-warn' : ''}>
            {count(one.held)}
          </Cell>
          <Cell number>
            {imp && failed(one) ? (
              <Button
                disabled={busy}
                why={reasonAgainst(retry, imp)}
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

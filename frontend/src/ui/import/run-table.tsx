import Link from 'next/link'
import {to} from '@/address'
import type {ImportRef} from '@/api/base'
import {count, taken, unlessNone} from '@/format'
import type {RunSummary} from '@/types'
import {Badge} from '@/ui/parts/badge'
import {Cell, Table} from '@/ui/parts/table'
import {Moment, Time} from '@/ui/parts/time'

export function RunLink({reference, run, text}: {reference: ImportRef; run: string; text: string}) {
  return (
    <Link href={to.run({...reference, run})} className="font-medium text-accent hover:underline">
      {text}
    </Link>
  )
}

const columns = [
  {head: 'Started'},
  {head: 'Verdict'},
  {head: 'Why it ran', wide: true},
  {head: 'Took', number: true},
  {head: 'Records', number: true},
  {head: 'New', number: true},
  {head: 'Changed', number: true},
  {head: 'Closed', number: true},
  {head: 'Rejected', number: true},
]

/** The last runs, the newest first; the chart above shows the same. */
export function RunTable({reference, runs}: {reference: ImportRef; runs: RunSummary[]}) {
  return (
    <Table label="Runs" columns={columns}>
      {runs.map((run) => (
        <tr key={run.id}>
          <Cell className="whitespace-nowrap">
            <Link href={to.run({...reference, run: run.id})} className="font-medium text-accent hover:underline">
              <Moment iso={run.startedAt} />
            </Link>
            <span className="ml-2 text-xs text-soft max-lg:hidden">
              <Time iso={run.startedAt} />
            </span>
          </Cell>
          <Cell title={run.message}>
            <Badge text={run.verdict ?? 'Running'} />
          </Cell>
          <Cell wide className="text-soft">
            {run.reason}
          </Cell>
          <Cell number>{taken(run.startedAt, run.finishedAt) ?? '…'}</Cell>
          {[run.records, run.inserted, run.updated, run.closed].map((value, index) => (
            <Cell number key={index} className={unlessNone(value)}>
              {count(run.verdict ? value : null)}
            </Cell>
          ))}
          <Cell number className={unlessNone(run.rejected, 'text-warn')}>
            {run.verdict && run.rejected ? (
              <Link href={to.rejects(reference, {run: run.id})} className="hover:underline">
                {count(run.rejected)}
              </Link>
            ) : (
              count(run.verdict ? run.rejected : null)
            )}
          </Cell>
        </tr>
      ))}
    </Table>
  )
}

import Link from 'next/link'
import {useAddress} from '@/address'
import type {RecordRow} from '@/types'
import {Badge} from '@/ui/parts/badge'
import {Cell, Table} from '@/ui/parts/table'
import {Time} from '@/ui/parts/time'

export type Shown = '' | 'closed' | 'all'

/** A state that all postings of the list have needs no column. */
const columnsOf = (shown: Shown) => [
  {head: 'Posting'},
  {head: 'Where', wide: true},
  ...(shown === 'all' ? [{head: 'State'}] : []),
  ...(shown === 'closed' ? [{head: 'Why', wide: true}] : []),
  {head: 'First seen', number: true, wide: true},
  {head: {'': 'Changed', closed: 'Closed', all: 'Changed or closed'}[shown], number: true},
]

/** The postings; one that is opened remembers the list that it was found in. */
export function RecordTable({records, shown}: {records: RecordRow[]; shown: Shown}) {
  const {beside} = useAddress()
  return (
    <Table label="Postings" columns={columnsOf(shown)}>
      {records.map((record) => (
        <tr key={record.id}>
          <Cell className="min-w-48">
            <Link href={beside({id: record.externalId})} className="font-medium [overflow-wrap:anywhere] hover:text-accent hover:underline">
              {record.title ?? 'Without a title'}
            </Link>
            <span className="block text-xs [overflow-wrap:anywhere] text-soft">
              {record.company ? `${record.company} · ` : ''}
              {record.externalId}
            </span>
          </Cell>
          <Cell wide className="text-soft">
            {record.locations || '–'}
          </Cell>
          {shown === 'all' ? (
            <Cell title={record.closedReason ?? undefined}>
              <Badge text={record.closedAt ? 'Closed' : 'Open'} />
            </Cell>
          ) : null}
          {shown === 'closed' ? (
            <Cell wide className="text-soft">
              {record.closedReason ?? '–'}
            </Cell>
          ) : null}
          <Cell number wide className="text-soft">
            <Time iso={record.firstSeenAt} />
          </Cell>
          <Cell number>
            <Time iso={record.closedAt ?? record.lastChangedAt} />
          </Cell>
        </tr>
      ))}
    </Table>
  )
}

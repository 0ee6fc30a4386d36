'use client'

import {useAddress, useNamedImport} from '@/address'
import {useRecordsQuery} from '@/api/records'
import {useList} from '@/list'
import {ImportHead, useImport} from '@/ui/import/import-head'
import {Choice, SearchBox, Select} from '@/ui/parts/controls'
import {List} from '@/ui/parts/list'
import {Posting} from './posting'
import {RecordTable, type Shown} from './record-table'
import {Why} from './why'

const SIZE = 25
const states = [
  ['', 'Open'],
  ['closed', 'Closed'],
  ['all', 'All'],
] as const

/** What an import stored: browse, search, look at one posting, ask why one is (not) here. */
export function RecordsPage() {
  const ref = useNamedImport()
  const {get} = useAddress()
  const id = get('id')
  return (
    <>
      <ImportHead reference={ref} part="records" />
      {id ? (
        <Posting reference={ref} id={id} />
      ) : (
        <>
          <Why reference={ref} />
          <Browse />
        </>
      )}
    </>
  )
}

function Browse() {
  const ref = useNamedImport()
  const {imp} = useImport(ref)
  const {values, choose, cursor, turning} = useList(['q', 'state', 'partition', 'run', 'sort'], SIZE)
  const {q, state, partition, run, sort} = values
  const shown: Shown = state === 'closed' || state === 'all' ? state : ''
  const records = useRecordsQuery({...ref, search: q, state: shown || 'open', partition, run, sort, limit: SIZE, cursor})
  const partitions = imp?.partitions.map((one) => one.key).filter(Boolean) ?? []
  const filtered = [q, state, partition, run].some(Boolean)
  return (
    <section aria-label="Postings" className="mt-8">
      <div className="flex flex-wrap items-center gap-2">
        <div className="w-full sm:w-72">
          <SearchBox label="Search postings" value={q} onSettled={(q) => choose({q})} />
        </div>
        <Choice label="State" value={shown} options={states} onChoose={(state) => choose({state})} />
        {partitions.length > 1 ? (
          <Select label="Partition" value={partition} onChange={(event) => choose({partition: event.target.value})}>
            <option value="">All partitions</option>
            {partitions.map((key) => (
              <option key={key}>{key}</option>
            ))}
          </Select>
        ) : null}
        <div className="sm:ml-auto">
          <Select label="Sort by" value={sort} onChange={(event) => choose({sort: event.target.value})}>
            <option value="">Changed, newest first</option>
            <option value="-firstSeen">First seen, newest first</option>
            <option value="title">Title</option>
          </Select>
        </div>
      </div>
      <div className="mt-4">
        <List
          query={records}
          turning={turning}
          noun="postings"
          empty={filtered ? 'No posting fits.' : 'No posting is stored yet. They appear here with the first run.'}
        >
          {(page) => <RecordTable records={page.items} shown={shown} />}
        </List>
      </div>
    </section>
  )
}

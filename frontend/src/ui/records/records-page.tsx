'use client'

import {useAddress, useCursors, useNamedImport} from '@/address'
import {useRecordsQuery} from '@/api/records'
import {ImportHead, useImport} from '@/ui/import/import-head'
import {Choice, Pager, SearchBox, Select} from '@/ui/parts/controls'
import {Answer, Empty} from '@/ui/parts/states'
import {Posting} from './posting'
import {RecordTable} from './record-table'
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
  const {get, set} = useAddress()
  const cursors = useCursors(SIZE)
  const choose = (values: Record<string, string>) => set({...values, after: null})
  const records = useRecordsQuery({
    ...ref,
    search: get('q'),
    state: get('state') || 'open',
    partition: get('partition'),
    run: get('run'),
    sort: get('sort'),
    limit: SIZE,
    cursor: cursors.cursor,
  })
  const partitions = imp?.partitions.map((one) => one.key).filter(Boolean) ?? []
  const filtered = ['q', 'state', 'partition', 'run'].some((name) => get(name) !== '')
  return (
    <section aria-label="Postings" className="mt-8">
      <div className="flex flex-wrap items-center gap-2">
        <div className="w-full sm:w-72">
          <SearchBox label="Search postings" value={get('q')} onSettled={(q) => choose({q})} />
        </div>
        <Choice label="State" value={get('state') as '' | 'closed' | 'all'} options={states} onChoose={(state) => choose({state})} />
        {partitions.length > 1 ? (
          <Select label="Partition" value={get('partition')} onChange={(event) => choose({partition: event.target.value})}>
            <option value="">All partitions</option>
            {partitions.map((key) => (
              <option key={key}>{key}</option>
            ))}
          </Select>
        ) : null}
        <div className="sm:ml-auto">
          <Select label="Sort by" value={get('sort')} onChange={(event) => choose({sort: event.target.value})}>
            <option value="">Changed, newest first</option>
            <option value="-firstSeen">First seen, newest first</option>
            <option value="title">Title</option>
          </Select>
        </div>
      </div>
      <div className="mt-4">
        <Answer query={records} lines={8}>
          {(page) =>
            page.items.length === 0 ? (
              <Empty>{filtered ? 'No posting fits.' : 'No posting is stored yet. They appear here with the first run.'}</Empty>
            ) : (
              <>
                <RecordTable reference={ref} records={page.items} />
                <Pager
                  noun="postings"
                  shown={page.items.length}
                  total={page.total}
                  first={cursors.first}
                  onPrevious={cursors.previous}
                  onNext={cursors.next(page.nextCursor)}
                />
              </>
            )
          }
        </Answer>
      </div>
    </section>
  )
}

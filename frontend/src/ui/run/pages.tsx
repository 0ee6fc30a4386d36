'use client'

import type {RunRef} from '@/api/base'
import {usePagesQuery} from '@/api/imports'
import {count, unlessNone} from '@/format'
import {useList} from '@/list'
import type {PageInfo} from '@/types'
import {Badge} from '@/ui/parts/badge'
import {Choice} from '@/ui/parts/controls'
import {Section} from '@/ui/parts/layout'
import {List} from '@/ui/parts/list'
import {Cell, Table} from '@/ui/parts/table'
import {Moment} from '@/ui/parts/time'

const SIZE = 25
const columns = [
  {head: 'Page', number: true},
  {head: 'State'},
  {head: 'Attempts', number: true},
  {head: 'Records', number: true},
  {head: 'Rejected', number: true},
  {head: 'What the source answered'},
  {head: 'When', number: true, wide: true},
]

const states = [
  ['', 'All'],
  ['done', 'Done'],
  ['failed', 'Failed'],
] as const
type State = (typeof states)[number][0]

/** The run's pages: attempts, and what the source answered. */
export function Pages({reference}: {reference: RunRef}) {
  const {values, choose, cursor, turning} = useList(['pages'], SIZE)
  const state = values.pages as State
  const pages = usePagesQuery({...reference, state, cursor})
  return (
    <Section title="Pages" aside={<Choice label="State of pages" value={state} options={states} onChoose={(next) => choose({pages: next})} />}>
      <List query={pages} turning={turning} noun="pages" lines={6} empty={state === 'failed' ? 'No page failed.' : 'No page is done yet.'}>
        {({items}) => (
          <Table label="Pages" columns={columns}>
            {items.map((page) => (
              <PageRow key={page.id} page={page} />
            ))}
          </Table>
        )}
      </List>
    </Section>
  )
}

function PageRow({page}: {page: PageInfo}) {
  return (
    <tr>
      <Cell number className="font-medium">
        {page.number}
        {page.partition && page.partition !== 'all' ? <span className="ml-2 font-normal text-soft">{page.partition}</span> : null}
      </Cell>
      <Cell>
        <Badge text={page.state} as={page.state === 'done' ? 'Done' : page.state === 'failed' ? 'Failed' : page.state} />
      </Cell>
      <Cell number className={page.attempt > 1 ? 'text-warn' : ''}>
        {page.attempt}
      </Cell>
      <Cell number className={unlessNone(page.records)}>{count(page.records)}</Cell>
      <Cell number className={unlessNone(page.rejected, 'text-warn')}>
        {count(page.rejected)}
      </Cell>
      <Cell className="[overflow-wrap:anywhere]">
        {page.httpStatus === null ? null : <span className="mr-2 font-medium">{page.httpStatus}</span>}
        <span className="text-soft" title={page.url ?? undefined}>
          {pathOf(page.url)}
        </span>
        {page.error ? <span className="block text-bad">{page.error}</span> : null}
      </Cell>
      <Cell number wide className="text-soft">
        <Moment iso={page.at} short />
      </Cell>
    </tr>
  )
}

const pathOf = (url: string | null) => (url ?? '').replace(/^https?:\/\/[^/]+/, '')

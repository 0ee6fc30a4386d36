'use client'

import Link from 'next/link'
import {useMemo} from 'react'
import {to} from '@/address'
import {useImportsQuery} from '@/api/imports'
import {some} from '@/format'
import {useList} from '@/list'
import {keyOf, merged} from '@/live/slice'
import {useAppSelector} from '@/store'
import type {ImportSummary} from '@/types'
import {List} from '@/ui/parts/list'
import {Empty, Loading, Unknown} from '@/ui/parts/states'
import {PoolStrip} from '@/ui/pools/pool-strip'
import {stateOf} from '@/ui/state'
import {Attention, useAttention} from './attention'
import {Filters, filters} from './filters'
import {ImportRows} from './rows'

const SIZE = 50

/** All imports: what needs somebody, how the pools are, and the list; filters live in the address. */
export function Overview() {
  const list = useList(filters, SIZE)
  const {ns, q, state, verdict, mine, sort} = list.values
  const imports = useImportsQuery({
    namespace: ns,
    search: q,
    state,
    verdict,
    mine: mine === 'true',
    sort: sort || 'name',
    limit: SIZE,
    cursor: list.cursor,
  })
  const live = useAppSelector((state) => state.live.imports)
  const all = useMemo(() => Object.values(live), [live])
  const namespaces = useMemo(() => [...new Set(all.map((imp) => imp.namespace))], [all])
  const filtered = [ns, q, state, verdict, mine].some(Boolean)
  const attention = useAttention(filtered || Boolean(list.cursor))
  const head = (
    <div className="flex flex-wrap items-end gap-x-6 gap-y-1">
      <h1 className="font-serif text-3xl font-semibold">Imports</h1>
      <Summary all={all} />
    </div>
  )
  // What needs somebody comes first and has no size of its own: what is below waits for it.
  if (attention.isLoading) {
    return (
      <>
        {head}
        <div className="mt-9">
          <Loading lines={8} />
        </div>
      </>
    )
  }
  return (
    <>
      {head}
      <Attention needy={attention.needy} />
      <PoolStrip />
      <section aria-label="All imports" className="mt-8">
        <Filters namespaces={namespaces} values={list.values} choose={list.choose} />
        <div className="mt-4">
          <List query={imports} turning={list.turning} noun="imports" empty={<Nothing filtered={filtered} />}>
            {({items}) => (
              <>
                <Unknown what={[...new Set(items.flatMap((imp) => imp.unknown))]} />
                <ImportRows imports={items.map((imp) => withLive(imp, live[keyOf(imp)]))} />
              </>
            )}
          </List>
        </div>
      </section>
    </>
  )
}

/** The list's row with what was told since. */
function withLive(row: ImportSummary, live: ImportSummary | undefined): ImportSummary {
  return live ? merged(row, live) : row
}

/** How many do what, in a sentence. */
function Summary({all}: {all: ImportSummary[]}) {
  const loaded = useAppSelector((state) => state.live.loaded)
  const running = all.filter((imp) => stateOf(imp) === 'Running').length
  const needy = all.filter((imp) => imp.attention !== null).length
  const text = [
    some(all.length, 'import'),
    `${running} running`,
    needy === 0 ? 'none needs you' : `${needy} ${needy === 1 ? 'needs' : 'need'} you`,
  ].join(', ')
  return <p className="min-h-6 pb-1 text-soft">{loaded ? text : ' '}</p>
}

function Nothing({filtered}: {filtered: boolean}) {
  return filtered ? (
    <Empty
      action={
        <Link href="/" className="font-medium text-accent hover:underline">
          Show all imports
        </Link>
      }
    >
      No import fits these filters.
    </Empty>
  ) : (
    <Empty
      action={
        <Link href={to.new()} className="font-medium text-accent hover:underline">
          Write the first one
        </Link>
      }
    >
      There is no import yet. Apply a JobImport resource, and it appears here at once.
    </Empty>
  )
}

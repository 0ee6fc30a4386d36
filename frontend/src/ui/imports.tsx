'use client'

import Link from 'next/link'
import {useRouter, useSearchParams} from 'next/navigation'
import {usePoolsQuery} from '@/api'
import {count} from '@/format'
import {useAppSelector} from '@/store'
import type {ImportSummary, PoolInfo} from '@/types'
import {ActionsBar} from './actions-bar'
import {Badge, Empty, Loading, ProgressBar, Time} from './parts'
import {byAttention, headline, stateOf, states} from './state'

/** All imports; filters live in the address. */
export function Imports() {
  const params = useSearchParams()
  const router = useRouter()
  const imports = useAppSelector((state) => state.live.imports)
  const loaded = useAppSelector((state) => state.live.loaded)
  const search = params.get('q') ?? ''
  const wanted = params.get('state') ?? ''
  const set = (name: string, value: string) => {
    const next = new URLSearchParams(params)
    if (value) next.set(name, value)
    else next.delete(name)
    router.replace(`/?${next}`, {scroll: false})
  }
  const all = Object.values(imports)
  const shown = all
    .filter((imp) => `${imp.namespace}/${imp.name}`.includes(search.toLowerCase()))
    .filter((imp) => !wanted || stateOf(imp) === wanted)
    .sort(byAttention)
  return (
    <>
      <div className="flex flex-wrap items-end gap-3">
        <h1 className="grow text-xl font-semibold">Imports</h1>
        <input
          type="search"
          value={search}
          onChange={(event) => set('q', event.target.value)}
          placeholder="Search by name"
          aria-label="Search by name"
          className="w-full rounded border border-line bg-card px-3 py-1.5 text-sm sm:w-56"
        />
        <select
          value={wanted}
          onChange={(event) => set('state', event.target.value)}
          aria-label="State"
          className="rounded border border-line bg-card px-2 py-1.5 text-sm"
        >
          <option value="">All states</option>
          {states.map((state) => (
            <option key={state}>{state}</option>
          ))}
        </select>
      </div>
      <Pools />
      {!loaded ? (
        <div className="mt-5">
          <Loading lines={6} />
        </div>
      ) : shown.length === 0 ? (
        <div className="mt-5 rounded-lg border border-line bg-card">
          <Empty>
            {all.length === 0
              ? 'There is no import yet. Apply a JobImport resource, and it appears here.'
              : 'No import fits the search.'}
          </Empty>
        </div>
      ) : (
        <ul className="mt-4 divide-y divide-line rounded-lg border border-line bg-card">
          {shown.map((imp) => (
            <Row key={imp.uid || imp.name} imp={imp} />
          ))}
        </ul>
      )}
    </>
  )
}

function Row({imp}: {imp: ImportSummary}) {
  const state = stateOf(imp)
  const query = new URLSearchParams({ns: imp.namespace, name: imp.name})
  return (
    <li className="grid gap-x-6 gap-y-2 p-4 md:grid-cols-[minmax(0,1fr)_15rem_auto] md:items-center">
      <div className="min-w-0">
        <div className="flex flex-wrap items-center gap-2">
          <Link href={`/import/?${query}`} className="truncate font-semibold hover:text-accent">
            <span className="font-normal text-soft">{imp.namespace}/</span>
            {imp.name}
          </Link>
          <Badge text={state === 'Ok' || state === 'Failed' ? (imp.lastRun?.verdict ?? 'New') : state} />
        </div>
        <p className="mt-0.5 line-clamp-2 text-sm text-soft" title={headline(imp)}>
          {headline(imp)}
        </p>
      </div>
      <div className="min-h-10 text-sm">
        {imp.currentRun ? (
          <ProgressBar progress={imp.currentRun.progress} />
        ) : (
          <dl className="grid grid-cols-3 gap-2">
            <Fact name="Open" value={count(imp.openPostings)} />
            <Fact name="Last run" value={<Time iso={imp.lastRun?.finishedAt} />} />
            <Fact name="Next run" value={<Time iso={imp.nextRunTime} />} />
          </dl>
        )}
      </div>
      <ActionsBar imp={imp} />
    </li>
  )
}

function Fact({name, value}: {name: string; value: React.ReactNode}) {
  return (
    <div>
      <dt className="text-xs text-soft">{name}</dt>
      <dd className="whitespace-nowrap">{value}</dd>
    </div>
  )
}

function Pools() {
  const {data} = usePoolsQuery(undefined, {pollingInterval: 3000, skipPollingIfUnfocused: true})
  if (!data || data.items.length === 0) return null
  return (
    <ul className="mt-3 space-y-1 text-sm text-soft">
      {data.items.map((pool) => (
        <li key={`${pool.namespace}/${pool.pool}`} title={pool.reason ?? undefined}>
          {describe(pool)}
        </li>
      ))}
    </ul>
  )
}

function describe(pool: PoolInfo): string {
  const alive = pool.workers.filter((worker) => worker.heartbeatAgeMs < 15_000)
  const busy = alive.filter((worker) => worker.busy > 0).length
  const waiting = pool.ready + pool.backlog
  return [
    `Pool ${pool.namespace}/${pool.pool}`,
    `${alive.length} ${alive.length === 1 ? 'worker' : 'workers'}, ${busy} busy`,
    `${count(pool.leased)} ${pool.leased === 1 ? 'task' : 'tasks'} in work`,
    `${count(waiting)} waiting`,
    `${count(pool.retry)} to be retried`,
  ].join(' · ')
}

'use client'

import Link from 'next/link'
import {to} from '@/address'
import {problemOf} from '@/api/base'
import {usePoolsQuery} from '@/api/imports'
import {count} from '@/format'
import {Unknown} from '@/ui/parts/states'
import {factsOf} from './pool-facts'

/** Pools and queues at a glance, with why they are as large as they are. */
export function PoolStrip() {
  const {data, error} = usePoolsQuery(undefined, {pollingInterval: 3000, skipPollingIfUnfocused: true})
  if (error) {
    return (
      <section aria-label="Workers and queue" className="mt-6 min-h-[5.25rem]">
        <Unknown what={[`What the workers do is not known right now. ${problemOf(error).detail}`]} />
      </section>
    )
  }
  return (
    <section aria-label="Workers and queue" className="mt-6 min-h-[5.25rem]">
      <ul className="grid grid-cols-[repeat(auto-fit,minmax(min(20rem,100%),1fr))] gap-3">
        {(data?.items ?? []).slice(0, 3).map((pool) => {
          const facts = factsOf(pool)
          return (
            <li key={`${pool.namespace}/${pool.pool}`} className="flex min-w-0 flex-wrap items-center justify-between gap-x-8 gap-y-1.5 rounded-md bg-well px-4 py-3 text-sm">
              <div className="min-w-0">
                <p className="flex flex-wrap items-baseline gap-x-2">
                  <Link href={to.pools()} className="font-semibold hover:text-accent hover:underline">
                    {pool.namespace}/{pool.pool}
                  </Link>
                  <span className="text-soft">{facts.workers}</span>
                </p>
                <p className="mt-0.5 text-xs [overflow-wrap:anywhere] text-soft">{pool.reason ?? 'Nothing was said yet about its size.'}</p>
              </div>
              <dl className="flex flex-wrap gap-x-6">
                {facts.queue.map(([name, value]) => (
                  <div key={name} className="flex flex-col-reverse">
                    <dt className="text-xs text-soft">{name}</dt>
                    <dd className={`font-serif text-lg leading-tight font-semibold ${value === 0 ? 'text-soft' : ''}`}>{count(value)}</dd>
                  </div>
                ))}
              </dl>
            </li>
          )
        })}
      </ul>
      {data && data.items.length > 3 ? (
        <Link href={to.pools()} className="mt-2 inline-block text-sm text-accent hover:underline">
          All {data.items.length} pools
        </Link>
      ) : null}
    </section>
  )
}

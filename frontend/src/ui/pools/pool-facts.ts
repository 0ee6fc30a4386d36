import {count, some} from '@/format'
import type {PoolInfo} from '@/types'

const ALIVE_MS = 15_000

export interface PoolFacts {
  alive: number
  busy: number
  slots: number
  slotsBusy: number
  /** In order of how soon they are worked on. */
  queue: [name: string, value: number][]
  /** What the workers do. */
  workers: string
  /** What they do, and what waits for them. */
  sentence: string
}

/** What a pool does, counted from its workers' heartbeats. */
export function factsOf(pool: PoolInfo): PoolFacts {
  const living = pool.workers.filter((worker) => worker.heartbeatAgeMs < ALIVE_MS)
  const sum = (of: (worker: PoolInfo['workers'][number]) => number) => living.reduce((all, each) => all + of(each), 0)
  const busy = living.filter((worker) => worker.busy > 0).length
  const idle = pool.leased + pool.ready + pool.backlog + pool.retry === 0
  const workers = idle ? `${some(living.length, 'worker')}, idle` : `${busy} of ${some(living.length, 'worker')} busy`
  return {
    alive: living.length,
    busy,
    slots: sum((worker) => worker.slots),
    slotsBusy: sum((worker) => worker.busy),
    queue: [
      ['in work', pool.leased],
      ['ready', pool.ready],
      ['retries', pool.retry],
      ['waiting', pool.backlog],
    ],
    workers,
    sentence: idle ? workers : `${workers}, ${count(pool.ready + pool.backlog)} waiting`,
  }
}

import {describe, expect, it} from 'vitest'
import {forward, share} from '@/live/progress'
import reducer, {importsLoaded, messagesCame} from '@/live/slice'
import type {ImportSummary, RunProgress} from '@/types'

const progress = (over: Partial<RunProgress>): RunProgress => ({
  runId: 'r',
  state: 'running',
  pagesDone: 0,
  pagesTotal: null,
  pagesFailed: 0,
  records: 0,
  inserted: 0,
  updated: 0,
  unchanged: 0,
  rejected: 0,
  retries: 0,
  crashes: 0,
  waitingRetry: 0,
  nextRetryAt: null,
  lastError: null,
  ...over,
})

describe('progress', () => {
  it('never goes backwards within a run', () => {
    const shown = forward(progress({pagesDone: 5, records: 500}), progress({pagesDone: 4, records: 400}))
    expect([shown.pagesDone, shown.records]).toEqual([5, 500])
  })
  it('begins anew with another run', () => {
    expect(forward(progress({pagesDone: 5}), progress({runId: 's', pagesDone: 1})).pagesDone).toBe(1)
  })
  it('has no share while the total is unknown', () => {
    expect(share(progress({pagesDone: 7}))).toBeNull()
    expect(share(progress({pagesDone: 3, pagesTotal: 4}))).toBe(0.75)
  })
  it('is applied to the run that it is about and to no other', () => {
    const imp = {
      namespace: 'x',
      name: 'y',
      currentRun: {id: 'r', reason: 'Requested', startedAt: '', progress: null},
    } as ImportSummary
    const loaded = reducer(undefined, importsLoaded({items: [imp], at: 1}))
    const told = (runId: string) =>
      reducer(
        loaded,
        messagesCame({
          at: 2,
          messages: [
            {
              epoch: 'a',
              seq: 1,
              room: 'ns/x',
              type: 'run.progress',
              namespace: 'x',
              name: 'y',
              runId,
              data: progress({runId, pagesDone: 9}),
            },
          ],
        }),
      ).imports['x/y']?.currentRun?.progress?.pagesDone
    expect(told('r')).toBe(9)
    expect(told('other')).toBeUndefined()
  })
})

import {describe, expect, it} from 'vitest'
import reducer, {connectionChanged, importsLoaded, linesRead, messagesCame, withLines} from '@/live/slice'
import type {LiveMessage} from '@/live/protocol'
import type {ImportSummary, RunEvent} from '@/types'

const imp = (over: Partial<ImportSummary> = {}) =>
  ({namespace: 'x', name: 'y', currentRun: null, trend: null, ...over}) as ImportSummary
const told = (type: string, data: unknown, seq = 1): LiveMessage => ({
  epoch: 'a',
  seq,
  room: 'ns/x',
  type,
  namespace: 'x',
  name: 'y',
  runId: 'r',
  data,
})
const line = (id: string, at: string): RunEvent => ({id, at, type: 'page.done', text: id, data: {}})
const came = (...messages: LiveMessage[]) => messagesCame({messages, at: 2})

describe('what is told live', () => {
  it('replaces an import, and keeps the trend that messages leave out', () => {
    const before = reducer(undefined, importsLoaded({items: [imp({trend: [1, 2]})], at: 1}))
    const after = reducer(before, came(told('import.changed', imp({suspended: true}))))
    expect(after.imports['x/y']).toMatchObject({suspended: true, trend: [1, 2]})
  })
  it('takes an import away that was deleted, and no other', () => {
    const before = reducer(undefined, importsLoaded({items: [imp(), imp({name: 'z'})], at: 1}))
    expect(Object.keys(reducer(before, came(told('import.deleted', {}))).imports)).toEqual(['x/z'])
  })
  it('is announced when a run ends, with its verdict', () => {
    const state = reducer(undefined, came(told('run.finished', {verdict: 'Partial', message: '1 page failed.'})))
    expect(state.announcement).toBe('x/y: Partial. 1 page failed.')
  })
  it('is announced when the connection goes and comes, but not at the first time', () => {
    let state = reducer(undefined, connectionChanged('live'))
    expect(state.announcement).toBe('')
    state = reducer(state, connectionChanged('reconnecting'))
    expect(state.announcement).toContain('lost')
    expect(reducer(state, connectionChanged('live')).announcement).toBe('Connected again.')
  })
})

describe('the log of a run', () => {
  it('has each line once and in order, whether pushed or read', () => {
    const pushed = reducer(undefined, came(told('run.log', line('3-0', '2026-01-01T00:00:03Z'))))
    const lines = [line('1-0', '2026-01-01T00:00:01Z'), line('3-0', '2026-01-01T00:00:03Z')]
    const read = reducer(pushed, linesRead({run: 'r', lines}))
    expect(read.logs.r?.map((each) => each.id)).toEqual(['1-0', '3-0'])
  })
  it('keeps the newest lines only', () => {
    const many = Array.from({length: 700}, (_, index) => line(`${index}-0`, `2026-01-01T00:00:00.${String(index).padStart(3, '0')}Z`))
    const kept = withLines([], many)
    expect([kept.length, kept.at(-1)?.id]).toEqual([500, '699-0'])
  })
})

import {afterEach, beforeEach, describe, expect, it, vi} from 'vitest'
import type {LiveMessage} from '@/live/protocol'
import {Rereader, touched, type Tag} from '@/live/reread'

const pages: Tag = {type: 'LivePages', id: 'x/y'}
const run: Tag = {type: 'Run', id: 'x/y'}

describe('what is read anew', () => {
  let reads: {tag: string; at: number}[]
  let reader: Rereader
  beforeEach(() => {
    vi.useFakeTimers({now: 0})
    reads = []
    reader = new Rereader((tags) => reads.push(...tags.map(({type}) => ({tag: type, at: Date.now()}))))
  })
  afterEach(() => {
    reader.close()
    vi.useRealTimers()
  })
  const of = (type: Tag['type']) => reads.filter(({tag}) => tag === type).map(({at}) => at)

  it('is read once for all that comes together, and soon', () => {
    for (let count = 0; count < 5; count += 1) reader.ask([run])
    vi.advanceTimersByTime(500)
    expect(of('Run')).toEqual([50])
  })
  it('is soon on the screen where a change follows another', () => {
    for (const at of [0, 300, 600]) setTimeout(() => reader.ask([run]), at)
    vi.advanceTimersByTime(900)
    expect(of('Run')).toEqual([50, 350, 650])
  })
  it('does not wait for what changes all the time, which is read once a second', () => {
    const steady = setInterval(() => reader.ask([pages]), 100)
    setTimeout(() => reader.ask([run]), 8_000)
    vi.advanceTimersByTime(10_000)
    clearInterval(steady)
    expect(of('Run')).toEqual([8_050])
    expect(of('LivePages').length).toBeGreaterThanOrEqual(11)
    expect(of('LivePages').length).toBeLessThanOrEqual(13)
  })
  it('is read twice a second at most, however often one import changes', () => {
    const steady = setInterval(() => reader.ask([run]), 20)
    vi.advanceTimersByTime(10_000)
    clearInterval(steady)
    expect(of('Run').length).toBeGreaterThan(18)
    expect(of('Run').length).toBeLessThanOrEqual(23)
  })
  it('is read after the last change, however many there were', () => {
    for (let at = 0; at <= 2_000; at += 20) setTimeout(() => reader.ask([pages]), at)
    vi.advanceTimersByTime(10_000)
    expect(of('LivePages').at(-1)).toBeGreaterThan(2_000)
  })
})

describe('a message', () => {
  const message = (type: string, data: unknown = {}): LiveMessage => ({
    epoch: 'a', seq: 1, room: 'ns/x', type, namespace: 'x', name: 'y', runId: 'r', data,
  })
  const types = (tags: Tag[]) => tags.map(({type}) => type)
  const known = () => ({current: 'r', last: 'q'})

  it('touches the import that it is about, and no other', () => {
    const tags = touched(message('import.changed', {currentRun: {id: 'r'}, lastRun: {id: 'q'}}), known)
    expect(tags).toEqual([{type: 'Imports'}, {type: 'Import', id: 'x/y'}])
  })
  it('touches the runs where one began or ended', () => {
    expect(types(touched(message('import.changed', {currentRun: {id: 's'}, lastRun: {id: 'q'}}), known))).toContain('Run')
    expect(types(touched(message('import.changed', {currentRun: null, lastRun: {id: 'r'}}), known))).toContain('Run')
  })
  it('that a run has ended touches what it stored and refused', () => {
    expect(types(touched(message('run.finished'), known))).toEqual(expect.arrayContaining(['Run', 'Records', 'Rejects']))
  })
})

it('the Kubernetes Events of an import are read anew when there is a new one, and nothing else is', () => {
  const told = {type: 'import.event', namespace: 'x', name: 'y', data: {}} as LiveMessage
  expect(touched(told, () => undefined)).toEqual([{type: 'Events', id: 'x/y'}])
})

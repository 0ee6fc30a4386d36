import {describe, expect, it} from 'vitest'
import {begin, disconnect, newFeed, receive, type LiveMessage} from '@/live/protocol'

const message = (seq: number, epoch = 'a', room = 'ns/x'): LiveMessage => ({
  epoch,
  seq,
  room,
  type: 'run.progress',
  namespace: 'x',
  name: 'y',
  runId: 'r',
  data: seq,
})
const snapshot = (seq: number, epoch = 'a') => ({epoch, seqs: {'ns/x': seq}, snapshot: []})
const seqs = (messages: LiveMessage[]) => messages.map((each) => each.seq)

describe('the live protocol', () => {
  it('keeps what comes before the snapshot and applies what is newer, in order', () => {
    let feed = newFeed()
    for (const seq of [5, 4, 6]) feed = receive(feed, message(seq)).feed
    const outcome = begin(feed, snapshot(4))
    expect(seqs(outcome.apply)).toEqual([5, 6])
    expect(outcome.feed.phase).toBe('following')
  })
  it('ignores a duplicate', () => {
    const {feed} = begin(newFeed(), snapshot(4))
    const once = receive(feed, message(5))
    expect(seqs(receive(once.feed, message(5)).apply)).toEqual([])
    expect(receive(once.feed, message(5)).feed.phase).toBe('following')
  })
  it('asks for a new snapshot after a gap, and loses nothing that came after it', () => {
    const {feed} = begin(newFeed(), snapshot(4))
    const gap = receive(feed, message(7))
    expect(gap.feed.phase).toBe('lost')
    expect(gap.apply).toEqual([])
    expect(seqs(begin(gap.feed, snapshot(6)).apply)).toEqual([7])
  })
  it('asks for a new snapshot in a new epoch', () => {
    const {feed} = begin(newFeed(), snapshot(4))
    expect(receive(feed, message(1, 'b')).feed.phase).toBe('lost')
  })
  it('drops what was kept of an earlier epoch', () => {
    const {feed} = receive(newFeed(), message(9))
    expect(begin(feed, snapshot(0, 'b')).apply).toEqual([])
  })
  it('numbers each room on its own', () => {
    const start = {epoch: 'a', seqs: {'ns/x': 4, 'ns/z': 0}, snapshot: []}
    const {feed} = begin(newFeed(), start)
    expect(seqs(receive(feed, message(1, 'a', 'ns/z')).apply)).toEqual([1])
  })
  it('begins anew after a disconnect', () => {
    expect(disconnect().phase).toBe('waiting')
  })
})

import {describe, expect, it} from 'vitest'
import {begin, disconnect, leave, newFeed, receive, type LiveMessage} from '@/live/protocol'

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
  it('adds a room to those that are followed, and applies what came before its snapshot', () => {
    let {feed} = begin(newFeed(), snapshot(4))
    feed = receive(feed, message(3, 'a', 'run/x/y/r')).feed
    expect(feed.phase).toBe('following')
    const joined = begin(feed, {epoch: 'a', seqs: {'run/x/y/r': 2}, snapshot: {}})
    expect(seqs(joined.apply)).toEqual([3])
    expect(seqs(receive(joined.feed, message(5)).apply)).toEqual([5])
  })
  it('takes a new snapshot when a namespace appears that it does not have', () => {
    const {feed} = begin(newFeed(), snapshot(4))
    expect(receive(feed, message(1, 'a', 'ns/new')).feed.phase).toBe('lost')
  })
  it('lets a room that was left tell nothing any more, and the others all', () => {
    const {feed} = begin(newFeed(), {epoch: 'a', seqs: {'ns/x': 4, 'run/x/y/r': 2}, snapshot: []})
    const left = leave(feed, 'run/x/y/r')
    const late = receive(left, message(3, 'a', 'run/x/y/r'))
    expect([late.feed.phase, late.apply]).toEqual(['following', []])
    expect(seqs(receive(late.feed, message(5)).apply)).toEqual([5])
  })
  it('forgets the rooms of an earlier epoch when a snapshot of another comes', () => {
    const {feed} = begin(newFeed(), snapshot(4))
    const next = begin(receive(feed, message(1, 'b')).feed, snapshot(0, 'b'))
    expect(next.feed).toMatchObject({phase: 'following', epoch: 'b', seqs: {'ns/x': 1}})
    expect(seqs(next.apply)).toEqual([1])
  })
})

/**
 * The live protocol as a pure state machine.
 *
 * A client subscribes to rooms and gets, for each subscription, a snapshot with an epoch and the
 * number of the newest message of each room that it joined. What arrives before its room's snapshot
 * is kept, and applied after it where it is newer. Each room's numbers have no gaps: a gap or
 * another epoch means that something was missed, and the client subscribes again.
 */

export interface LiveMessage<Data = unknown> {
  epoch: string
  seq: number
  room: string
  type: string
  namespace: string
  name: string
  runId: string | null
  data: Data
}

export interface Snapshot<Body = unknown> {
  epoch: string
  seqs: Record<string, number>
  snapshot: Body
}

export interface Feed {
  /** 'waiting' until the first snapshot, 'lost' when a new one is needed. */
  phase: 'waiting' | 'following' | 'lost'
  epoch: string | null
  seqs: Record<string, number>
  kept: LiveMessage[]
}

export interface Outcome {
  feed: Feed
  /** Messages to apply now, in order. */
  apply: LiveMessage[]
}

const MOST_KEPT = 2000

export function newFeed(): Feed {
  return {phase: 'waiting', epoch: null, seqs: {}, kept: []}
}

const wasAskedFor = (room: string) => room.startsWith('import/') || room.startsWith('run/')

/** A message came. */
export function receive(feed: Feed, message: LiveMessage): Outcome {
  const keep = () => [...feed.kept, message].slice(-MOST_KEPT)
  if (feed.phase !== 'following') return {feed: {...feed, kept: keep()}, apply: []}
  if (message.epoch !== feed.epoch) return {feed: {...feed, phase: 'lost', kept: keep()}, apply: []}
  const last = feed.seqs[message.room]
  if (last === undefined) {
    // A room that was asked for: its snapshot is on its way. Any other, as one of a new namespace, is
    // one that this snapshot does not have.
    const phase = wasAskedFor(message.room) ? 'following' : 'lost'
    return {feed: {...feed, phase, kept: keep()}, apply: []}
  }
  if (message.seq <= last) return {feed, apply: []}
  if (message.seq > last + 1) return {feed: {...feed, phase: 'lost', kept: keep()}, apply: []}
  return {feed: {...feed, seqs: {...feed.seqs, [message.room]: message.seq}}, apply: [message]}
}

/**
 * A snapshot came: what was kept of its rooms is applied where it is newer. A snapshot of the epoch
 * that is followed adds its rooms to those that are there; one of another epoch begins anew.
 */
export function begin(feed: Feed, snapshot: Snapshot): Outcome {
  const same = feed.phase === 'following' && feed.epoch === snapshot.epoch
  const seqs = same ? {...feed.seqs, ...snapshot.seqs} : {...snapshot.seqs}
  const mine = (message: LiveMessage) => message.epoch === snapshot.epoch && message.room in snapshot.seqs
  let next: Feed = {
    phase: 'following',
    epoch: snapshot.epoch,
    seqs,
    kept: feed.kept.filter((message) => !mine(message)),
  }
  const apply: LiveMessage[] = []
  for (const message of feed.kept.filter(mine).sort((one, other) => one.seq - other.seq)) {
    const outcome = receive(next, message)
    next = outcome.feed
    apply.push(...outcome.apply)
    if (next.phase === 'lost') break
  }
  return {feed: next, apply}
}

/** A room was left: its messages are not expected any more. */
export function leave(feed: Feed, room: string): Feed {
  const seqs = Object.fromEntries(Object.entries(feed.seqs).filter(([name]) => name !== room))
  return {...feed, seqs, kept: feed.kept.filter((message) => message.room !== room)}
}

/** The connection broke: whatever comes next, a new snapshot is needed. */
export function disconnect(): Feed {
  return newFeed()
}

/**
 * The live protocol as a pure state machine.
 *
 * A client subscribes and gets a snapshot with an epoch and, for each room, the number of its newest
 * message. What arrives before the snapshot is kept, and applied after it where it is newer. Each
 * room's numbers have no gaps: a gap or another epoch means that something was missed, and the
 * client subscribes again.
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

/** A message came. */
export function receive(feed: Feed, message: LiveMessage): Outcome {
  if (feed.phase !== 'following') {
    return {feed: {...feed, kept: [...feed.kept, message].slice(-MOST_KEPT)}, apply: []}
  }
  const last = feed.seqs[message.room]
  if (message.epoch !== feed.epoch || last === undefined || message.seq > last + 1) {
    return {feed: {...feed, phase: 'lost', kept: [message]}, apply: []}
  }
  if (message.seq <= last) return {feed, apply: []}
  return {feed: {...feed, seqs: {...feed.seqs, [message.room]: message.seq}}, apply: [message]}
}

/** A snapshot came: what was kept is applied where it is newer. */
export function begin(feed: Feed, snapshot: Snapshot): Outcome {
  let next: Feed = {phase: 'following', epoch: snapshot.epoch, seqs: {...snapshot.seqs}, kept: []}
  const apply: LiveMessage[] = []
  const kept = feed.kept
    .filter((message) => message.epoch === snapshot.epoch && message.room in snapshot.seqs)
    .sort((one, other) => one.seq - other.seq)
  for (const message of kept) {
    const outcome = receive(next, message)
    next = outcome.feed
    apply.push(...outcome.apply)
    if (next.phase === 'lost') break
  }
  return {feed: next, apply}
}

/** The connection broke: whatever comes next, a new snapshot is needed. */
export function disconnect(): Feed {
  return newFeed()
}

import type {LiveMessage} from './protocol'

/** What answers of REST are about; with an id, of one import alone. */
export const everything = ['Imports', 'Import', 'Run', 'LivePages', 'Events', 'Records', 'Rejects', 'Pools'] as const

export interface Tag {
  type: (typeof everything)[number]
  id?: string
}

const SOON_MS = 50
const AT_ONCE = 3
const REFILL_MS = 1000
const REFILL_OF_ONE_MS = 500

/** What changes with every page of a run, and all that lists many imports, comes back more slowly. */
const refillOf = ({type, id}: Tag) => (id === undefined || type === 'LivePages' ? REFILL_MS : REFILL_OF_ONE_MS)

/** How many reads a tag has left, and since when. */
interface Budget {
  left: number
  at: number
}

/**
 * When REST is asked anew for what messages touch.
 *
 * A change is read after 50 ms, so that what comes together is asked for once. Each tag has a budget
 * of its own: three reads, of which one comes back each second, or twice as fast for what is about
 * one import. So what changes now and then is on the screen at once, what changes all the time, as
 * the pages of a run, is read once a second, and neither waits for the other.
 */
export class Rereader {
  private due = new Map<string, {tag: Tag; at: number}>()
  private budgets = new Map<string, Budget>()
  private timer: ReturnType<typeof setTimeout> | undefined

  constructor(private readonly read: (tags: Tag[]) => void) {}

  /** Something changed of what has these tags. */
  ask(tags: readonly Tag[]): void {
    const now = Date.now()
    for (const tag of tags) {
      const key = `${tag.type} ${tag.id ?? ''}`
      if (this.due.has(key)) continue
      const {left} = this.budget(key, tag, now)
      const wait = left >= 1 ? SOON_MS : Math.max(SOON_MS, (1 - left) * refillOf(tag))
      this.due.set(key, {tag, at: now + wait})
    }
    this.wake(now)
  }

  close(): void {
    clearTimeout(this.timer)
    this.timer = undefined
    this.due.clear()
  }

  private budget(key: string, tag: Tag, now: number): Budget {
    const before = this.budgets.get(key) ?? {left: AT_ONCE, at: now}
    const budget = {left: Math.min(AT_ONCE, before.left + (now - before.at) / refillOf(tag)), at: now}
    this.budgets.set(key, budget)
    return budget
  }

  private wake(now: number): void {
    clearTimeout(this.timer)
    if (this.due.size === 0) return
    const first = Math.min(...[...this.due.values()].map(({at}) => at))
    this.timer = setTimeout(() => this.flush(), Math.max(0, first - now))
  }

  private flush(): void {
    const now = Date.now()
    const ready = [...this.due].filter(([, {at}]) => at <= now)
    for (const [key, {tag}] of ready) {
      this.due.delete(key)
      this.budget(key, tag, now).left -= 1
    }
    if (ready.length > 0) this.read(ready.map(([, {tag}]) => tag))
    this.wake(now)
  }
}

/** What the page has of an import before a message about it: which runs it knows of. */
export type RunsKnown = (key: string) => {current: string | null; last: string | null} | undefined

interface Told {
  currentRun?: {id: string} | null
  lastRun?: {id: string} | null
}

/** What REST says differently after a message. */
export function touched(message: LiveMessage, known: RunsKnown): Tag[] {
  const id = `${message.namespace}/${message.name}`
  const of = (...types: Tag['type'][]) => types.map((type) => ({type, id}))
  switch (message.type) {
    case 'run.progress':
      return of('LivePages')
    case 'import.changed': {
      const {currentRun, lastRun} = message.data as Told
      const before = known(id)
      const same = before && before.current === (currentRun?.id ?? null) && before.last === (lastRun?.id ?? null)
      return [{type: 'Imports'}, ...of('Import'), ...(same ? [] : [...of('Run', 'Events'), {type: 'Pools'} as const])]
    }
    case 'import.event':
      return of('Events')
    case 'import.deleted':
      return [{type: 'Imports'}, ...of('Import')]
    case 'run.finished':
      return [{type: 'Imports'}, {type: 'Pools'}, ...of('Import', 'Run', 'LivePages', 'Records', 'Rejects')]
    default:
      return []
  }
}

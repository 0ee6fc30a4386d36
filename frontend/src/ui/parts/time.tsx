'use client'

import {useSyncExternalStore} from 'react'
import {clock, exact, relative} from '@/format'
import {useAppSelector} from '@/store'

const TICK_MS = 5000
const listeners = new Set<() => void>()
let now = Date.now()
let timer: ReturnType<typeof setInterval> | undefined

function listen(told: () => void): () => void {
  listeners.add(told)
  timer ??= setInterval(() => {
    now = Date.now()
    for (const each of listeners) each()
  }, TICK_MS)
  return () => {
    listeners.delete(told)
    if (listeners.size > 0) return
    clearInterval(timer)
    timer = undefined
  }
}

/** The time in ms; one timer for the whole page. */
export const useNow = () => useSyncExternalStore(listen, () => now, () => 0)

/** A time relative to now, exact on hover. */
export function Time({iso}: {iso: string | null | undefined}) {
  const at = useNow()
  if (!iso) return <span className="text-soft">–</span>
  return (
    <time dateTime={iso} title={exact(iso)} className="whitespace-nowrap">
      {relative(iso, Math.max(at, 1))}
    </time>
  )
}

/** A time to the second in the zone that the reader chose. */
export function Moment({iso, short = false}: {iso: string | null | undefined; short?: boolean}) {
  const zone = useAppSelector((state) => state.preferences.zone)
  if (!iso) return <span className="text-soft">–</span>
  const text = clock(iso, zone)
  return (
    <time dateTime={iso} title={exact(iso)} className="whitespace-nowrap">
      {short ? text.slice(11) : text}
    </time>
  )
}

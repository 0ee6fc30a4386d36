'use client'

import {useEffect, useRef} from 'react'
import {passes} from '@/api/base'

const AGAIN_MS = 3000

interface Part {
  unknown?: string[]
}

/** Whether an answer lacks what a store could not say. */
function isPart(answer: unknown): boolean {
  const whole = (answer ?? {}) as Part & {items?: Part[]}
  return [whole, ...(Array.isArray(whole.items) ? whole.items : [])].some((each) => (each.unknown?.length ?? 0) > 0)
}

/** Asks again every three seconds for what failed for a while, or came in part, until it is whole. */
export function useHealing({error, refetch}: {error?: unknown; refetch: () => unknown}, answer: unknown): void {
  const again = useRef(refetch)
  useEffect(() => {
    again.current = refetch
  }, [refetch])
  const ill = passes(error) || isPart(answer)
  useEffect(() => {
    if (!ill) return
    const timer = setInterval(() => {
      if (!document.hidden) void again.current()
    }, AGAIN_MS)
    return () => clearInterval(timer)
  }, [ill])
}

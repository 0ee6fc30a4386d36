'use client'

import {useAddress} from './address'
import type {Page} from './types'

const SEPARATOR = '~'

/** What a list shows below itself: where it is, and the ways on and back. */
export interface Turning {
  shown: number
  total: number | null
  /** Number of the first item shown, from 1. */
  first: number
  onPrevious: (() => void) | null
  onNext: (() => void) | null
}

/**
 * A list whose filters, order and place are in the address, so that a link shows what its sender saw.
 *
 * The place is the cursors of the pages up to this one: "previous" survives a reload. Whatever is
 * chosen leads back to the first page.
 */
export function useList<Name extends string>(names: readonly Name[], size: number, place = 'after') {
  const {get, set} = useAddress()
  const cursors = get(place).split(SEPARATOR).filter(Boolean)
  const go = (next: string[]) => set({[place]: next.join(SEPARATOR)}, 'push')
  const values = Object.fromEntries(names.map((name) => [name, get(name)])) as Record<Name, string>
  const turning = (page: Pick<Page<unknown>, 'items' | 'total' | 'nextCursor'>): Turning => {
    const next = page.nextCursor
    return {
      shown: page.items.length,
      total: page.total,
      first: cursors.length * size + 1,
      onPrevious: cursors.length > 0 ? () => go(cursors.slice(0, -1)) : null,
      onNext: next === null ? null : () => go([...cursors, next]),
    }
  }
  return {
    values,
    cursor: cursors.at(-1),
    choose: (changed: Partial<Record<Name, string>>) => set({...changed, [place]: null}),
    turning,
  }
}

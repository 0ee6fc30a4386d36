'use client'

import {usePathname} from 'next/navigation'
import {clock} from '@/format'
import {useAppSelector} from '@/store'

const words = {
  connecting: ['Connecting', 'text-soft'],
  live: ['Live', 'text-good'],
  reconnecting: ['Reconnecting', 'text-warn'],
  polling: ['Polling', 'text-warn'],
} as const

/** Whether what is shown is live. As wide in every state, so that nothing beside it moves. */
export function ConnectionBadge() {
  const connection = useAppSelector((state) => state.live.connection)
  const [text, colour] = words[connection]
  return (
    <span
      title={`Updates: ${text.toLowerCase()}`}
      data-connection={connection}
      className={`flex min-w-16 items-center gap-1.5 text-xs font-medium sm:min-w-26 sm:justify-end ${colour}`}
    >
      <span aria-hidden className={`size-2 rounded-full bg-current ${connection === 'live' ? '' : 'breathing'}`} />
      {text}
    </span>
  )
}

/** Lies over the page, so that coming and going moves nothing. */
export function StaleBanner() {
  const path = usePathname()
  const connection = useAppSelector((state) => state.live.connection)
  const freshAt = useAppSelector((state) => state.live.freshAt)
  const zone = useAppSelector((state) => state.preferences.zone)
  if (connection === 'live' || connection === 'connecting' || path.startsWith('/login')) return null
  const since = freshAt === null ? null : clock(new Date(freshAt).toISOString(), zone).slice(11)
  return (
    <div className="pointer-events-none sticky top-13 z-10 h-0">
      <p
        role="status"
        className="pointer-events-auto mx-auto mt-2 w-fit max-w-[calc(100%-2rem)] rounded-md border border-warn bg-card px-3 py-1.5 text-sm text-warn shadow-sm"
      >
        {connection === 'polling'
          ? 'Live updates are not available; this page asks every three seconds instead.'
          : `The gateway cannot be reached; trying again. ${since ? `What you see is from ${since} and may be out of date.` : 'Nothing could be read yet.'}`}
      </p>
    </div>
  )
}

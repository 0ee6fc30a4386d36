'use client'

import Link from 'next/link'
import {useEffect, useState, type ReactNode} from 'react'
import {Provider} from 'react-redux'
import {startLive} from '@/live/client'
import {makeStore, useAppSelector} from '@/store'

export function Shell({children}: {children: ReactNode}) {
  const [store] = useState(makeStore)
  useEffect(() => startLive(store), [store])
  return (
    <Provider store={store}>
      <a href="#main" className="sr-only focus:not-sr-only focus:absolute focus:p-2">
        Skip to content
      </a>
      <header className="sticky top-0 z-10 border-b border-line bg-card">
        <div className="mx-auto flex h-12 max-w-6xl items-center gap-3 px-4">
          <Link href="/" className="flex items-center gap-2 font-semibold">
            <img src="/icon.svg" width={20} height={20} alt="" />
            JobImport
          </Link>
          <span className="grow" />
          <ConnectionBadge />
          <ThemeButton />
        </div>
      </header>
      <StaleBanner />
      <main id="main" className="mx-auto max-w-6xl px-4 py-5">
        {children}
      </main>
      <Announcer />
    </Provider>
  )
}

const words = {
  connecting: ['Connecting', 'text-soft'],
  live: ['Live', 'text-good'],
  reconnecting: ['Reconnecting', 'text-warn'],
  polling: ['Polling', 'text-warn'],
} as const

function ConnectionBadge() {
  const connection = useAppSelector((state) => state.live.connection)
  const [text, colour] = words[connection]
  return (
    <span role="status" className={`flex items-center gap-1.5 text-sm ${colour}`}>
      <span aria-hidden className="size-2 rounded-full bg-current" />
      {text}
    </span>
  )
}

function StaleBanner() {
  const connection = useAppSelector((state) => state.live.connection)
  const freshAt = useAppSelector((state) => state.live.freshAt)
  if (connection === 'live' || connection === 'connecting') return null
  const since = freshAt ? new Date(freshAt).toLocaleTimeString() : 'never'
  return (
    <div role="alert" className="border-b border-line bg-card px-4 py-2 text-center text-sm text-warn">
      {connection === 'polling'
        ? 'Live updates are not available; this page asks every three seconds instead.'
        : `The gateway cannot be reached. What you see is from ${since} and may be out of date.`}
    </div>
  )
}

function ThemeButton() {
  const flip = () => {
    const root = document.documentElement
    const next = root.dataset.theme === 'dark' ? 'light' : 'dark'
    root.dataset.theme = next
    try {
      localStorage.setItem('theme', next)
    } catch {
      // Storage may be forbidden; then the theme lasts as long as the page.
    }
  }
  return (
    <button
      type="button"
      onClick={flip}
      className="rounded border border-line px-2 py-1 text-sm text-soft hover:text-ink"
    >
      <span className="dark:hidden">Dark</span>
      <span className="hidden dark:inline">Light</span>
    </button>
  )
}

function Announcer() {
  const text = useAppSelector((state) => state.live.announcement)
  return (
    <div aria-live="polite" className="sr-only">
      {text}
    </div>
  )
}

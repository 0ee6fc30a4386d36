'use client'

import {useEffect, useState, type ReactNode} from 'react'
import {Provider} from 'react-redux'
import {LiveProvider} from '@/live/follow'
import {keepPreferences, keptPreferences, preferencesRead} from '@/preferences'
import {makeStore, type AppStore} from '@/store'
import {StaleBanner} from './connection'
import {Header, PhoneBar} from './header'
import {Announcer, Notices} from './notices'
import {PaletteProvider} from './palette-provider'

/** What is around every page: head, connection, palette, notices. */
export function Shell({children}: {children: ReactNode}) {
  const [store] = useState(makeStore)
  useEffect(() => remember(store), [store])
  return (
    <Provider store={store}>
      <LiveProvider store={store}>
        <PaletteProvider>
          <a
            href="#main"
            className="sr-only z-30 rounded-md bg-card px-3 py-2 focus:not-sr-only focus:absolute focus:top-2 focus:left-2"
          >
            Skip to content
          </a>
          <Header />
          <StaleBanner />
          <main id="main" tabIndex={-1} className="mx-auto max-w-6xl px-4 pt-6 pb-28 outline-none sm:px-6 md:pb-16">
            {children}
          </main>
          <PhoneBar />
          <Notices />
          <Announcer />
        </PaletteProvider>
      </LiveProvider>
    </Provider>
  )
}

/** Read what this browser kept, and keep what changes. */
function remember(store: AppStore): () => void {
  store.dispatch(preferencesRead(keptPreferences()))
  let before = store.getState().preferences
  return store.subscribe(() => {
    const now = store.getState().preferences
    if (now === before) return
    before = now
    keepPreferences(now)
  })
}

'use client'

import {createContext, useContext, useEffect, useState, type ReactNode} from 'react'
import type {AppStore} from '@/store'
import {LiveClient} from './client'
import {useOnLogin} from '@/address'
import type {Room} from './rooms'

const Live = createContext<LiveClient | null>(null)

/** One connection for all that is on the page. */
export function LiveProvider({store, children}: {store: AppStore; children: ReactNode}) {
  const [client] = useState(() => new LiveClient(store))
  // Who has yet to log in may follow nothing: trying would use up what an address may try.
  const off = useOnLogin()
  useEffect(() => {
    if (off) return
    void client.start()
    return () => client.close()
  }, [client, off])
  return <Live value={client}>{children}</Live>
}

/** Follow a room while the component is shown; null: nothing to follow yet. */
export function useFollow(room: Room | null): void {
  const client = useContext(Live)
  const key = room ? JSON.stringify(room) : ''
  useEffect(() => {
    if (!client || !key) return
    return client.follow(JSON.parse(key) as Room)
  }, [client, key])
}

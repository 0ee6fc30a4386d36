import type {ReactNode} from 'react'
import {Button} from '@/ui/parts/controls'

const words = {
  token: {
    head: 'Your session is over',
    text: 'The cluster no longer takes your token: it has expired, or was revoked. It is forgotten here; what was shown is gone from this tab.',
  },
  proxy: {
    head: 'Your session is over',
    text: 'The token that your organisation’s log-in passed on has expired, or was revoked. This page asks again by itself, and goes back as soon as there is a fresh one.',
  },
}

/** What happened to the session that was there, and the way back. */
export function Ended({by, onAgain}: {by: 'token' | 'proxy'; onAgain: () => void}) {
  const {head, text} = words[by]
  return (
    <Told head={head}>
      <p className="mt-0.5">{text}</p>
      {by === 'proxy' ? (
        <div className="mt-3">
          <Button look="primary" onClick={onAgain}>
            Log in again
          </Button>
        </div>
      ) : (
        <p className="mt-1.5">Log in with a new one: you come back to where you were.</p>
      )}
    </Told>
  )
}

/** Something that somebody should read before they go on. */
export function Told({head, children}: {head: string; children: ReactNode}) {
  return (
    <div role="status" className="mt-4 rounded-md border border-warn bg-card px-4 py-3 text-sm">
      <p className="font-semibold text-warn">{head}</p>
      {children}
    </div>
  )
}

import Link from 'next/link'
import type {ReactNode} from 'react'
import {to} from '@/address'
import {Button} from '@/ui/parts/controls'

/** The token of this tab is no good any more. */
export function Ended() {
  return (
    <Told head="Your session is over">
      <p className="mt-0.5">
        The cluster no longer takes your token: it has expired, or was revoked. It is forgotten here, and what was shown is gone from
        this tab. Log in with a new one: you come back to where you were.
      </p>
    </Told>
  )
}

/** The token that a proxy passes on is no good any more: nothing that could be typed here mends that. */
export function EndedByProxy({next}: {next: string}) {
  return (
    <>
      <Told head="Your session is over">
        <p className="mt-0.5">
          The token that your organisation’s log-in passed on has expired, or was revoked. As soon as there is a fresh one, this page
          notices within seconds and goes back to where you were.
        </p>
      </Told>
      <Button look="primary" onClick={() => location.assign(next)} className="mt-5 w-full">
        Log in again
      </Button>
      <p className="mt-5 text-sm text-soft">
        If that leads back here, the proxy still passes the old token on: log out of it first (of oauth2-proxy at{' '}
        <code className="font-mono text-xs">/oauth2/sign_out</code>), or{' '}
        <Link href={to.login()} className="text-accent underline">
          log in with a token
        </Link>
        .
      </p>
    </>
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

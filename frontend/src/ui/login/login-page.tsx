'use client'

import {useCallback, useEffect, useRef, useState, type SyntheticEvent} from 'react'
import {useAddress} from '@/address'
import {keepToken, tokenOf} from '@/api/token'
import {Button, Field, fieldClass} from '@/ui/parts/controls'
import {Title} from '@/ui/parts/layout'
import {Code} from '@/ui/parts/code'
import {attempt, safeNext, tidied, type Outcome} from './attempt'
import {Ended, EndedByProxy, Told} from './ended'
import {useCountdown} from './countdown'

const COMMAND = 'kubectl create token NAME -n NAMESPACE --duration 8h'
/** Each asking with a token that is no good uses up a try of the address. */
const ASK_AGAIN_MS = 15_000

/** Log in with a Kubernetes token, which stays in this tab; who is logged in already goes on. */
export function LoginPage() {
  const {get} = useAddress()
  const ended = get('ended')
  const next = safeNext(get('next'))
  useGoOn(next, ended === 'proxy')
  return (
    <div className="mx-auto max-w-md pt-6">
      <Title>{ended ? 'Log in again' : 'Log in'}</Title>
      {ended === 'proxy' ? <EndedByProxy next={next} /> : <ByToken next={next} ended={ended === 'token'} />}
    </div>
  )
}

function ByToken({next, ended}: {next: string; ended: boolean}) {
  return (
    <>
      <p className="mt-2 text-soft">
        You see and change what your Kubernetes account may. The token stays in this tab and is gone when you close it.
      </p>
      {ended ? <Ended /> : null}
      <LoginForm next={next} />
      <h2 className="mt-3 font-serif text-lg font-semibold">Where to get one</h2>
      <p className="mt-1 mb-2 text-sm text-soft">
        From your identity provider, or from a service account. Behind a proxy that passes your token on, no log-in is asked for.
      </p>
      <Code label="Command that makes a token" text={COMMAND} />
    </>
  )
}

function LoginForm({next}: {next: string}) {
  const input = useRef<HTMLInputElement>(null)
  const [token, setToken] = useState('')
  const [outcome, setOutcome] = useState<Outcome | null>(null)
  const [asking, setAsking] = useState(false)
  const [left, wait] = useCountdown()
  const logIn = async (event: SyntheticEvent) => {
    event.preventDefault()
    if (asking || left > 0) return
    setAsking(true)
    const found = await attempt(tidied(token))
    setAsking(false)
    setOutcome(found)
    if (found.is === 'in') {
      keepToken(tidied(token))
      // A whole load: the socket connects anew, with the token.
      location.assign(next)
    } else if (found.is === 'limited') wait(found.seconds)
    else {
      input.current?.focus()
      input.current?.select()
    }
  }
  const problem = problemOf(outcome)
  return (
    <form onSubmit={(event) => void logIn(event)} className="mt-6 space-y-4">
      <Field id="token" label="Token" hint="A bearer token of the cluster that JobImport runs in.">
        <input
          id="token"
          ref={input}
          type="password"
          autoComplete="off"
          spellCheck={false}
          required
          value={token}
          aria-invalid={problem !== null}
          aria-describedby={problem ? 'problem' : undefined}
          onChange={(event) => setToken(event.target.value)}
          className={`${fieldClass} font-mono`}
        />
      </Field>
      <Button type="submit" look="primary" disabled={asking || left > 0 || token.trim() === ''} className="w-full">
        {asking ? 'Asking the cluster …' : 'Log in'}
      </Button>
      {left > 0 ? (
        <Told head="Too many invalid tokens">
          <p className="mt-0.5">
            They came from your address, perhaps from somebody who shares it with you. Who is logged in already stays so. You can try
            again in <span className="tabular-nums">{left}</span> s.
          </p>
        </Told>
      ) : (
        <p id="problem" role="alert" className="min-h-10 text-sm text-bad">
          {problem}
        </p>
      )}
    </form>
  )
}

/** What to say of a token that did not log in, and what to do. */
function problemOf(outcome: Outcome | null): string | null {
  switch (outcome?.is) {
    case 'wrong':
    case 'none':
      return 'The cluster does not take this token: it is incomplete, has expired, or is of another cluster. Paste the whole of it, or make a new one.'
    case 'odd':
      return 'This is no token: it has spaces or other characters in it that no token has. Paste it alone.'
    case 'failed':
      return outcome.detail
    default:
      return null
  }
}

/** Go on where somebody is logged in: by this tab, or by a proxy, which is asked again where it has to be. */
function useGoOn(next: string, again: boolean): void {
  const ask = useCallback(async () => {
    if ((await attempt(tokenOf())).is === 'in') location.replace(next)
  }, [next])
  useEffect(() => {
    void ask()
    if (!again) return
    const timer = setInterval(() => void ask(), ASK_AGAIN_MS)
    const shown = () => void (document.visibilityState === 'visible' && ask())
    document.addEventListener('visibilitychange', shown)
    return () => {
      clearInterval(timer)
      document.removeEventListener('visibilitychange', shown)
    }
  }, [ask, again])
}

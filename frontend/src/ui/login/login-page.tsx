'use client'

import {useState, type SyntheticEvent} from 'react'
import {useAddress} from '@/address'
import {keepToken} from '@/api/token'
import {Button, Field, fieldClass} from '@/ui/parts/controls'
import {Title} from '@/ui/parts/layout'
import {Code} from '@/ui/parts/code'

const COMMAND = 'kubectl create token NAME --namespace NAMESPACE --duration 8h'

/** Only to a page of ours: an address from elsewhere is not followed. */
export function safeNext(next: string): string {
  return /^\/(?![/\\])/.test(next) && !next.startsWith('/login') ? next : '/'
}

/** Log in with a Kubernetes token; it stays in this tab. */
export function LoginPage() {
  const {get} = useAddress()
  const [token, setToken] = useState('')
  const [problem, setProblem] = useState<string | null>(null)
  const [asking, setAsking] = useState(false)
  const logIn = async (event: SyntheticEvent) => {
    event.preventDefault()
    setAsking(true)
    const refusal = await refusalOf(token.trim())
    setAsking(false)
    setProblem(refusal)
    if (refusal === null) {
      keepToken(token.trim())
      // A whole load: the socket connects anew, with the token.
      location.assign(safeNext(get('next')))
    }
  }
  return (
    <div className="mx-auto max-w-md pt-6">
      <Title>Log in</Title>
      <p className="mt-2 text-soft">
        You see and change what your Kubernetes account may. The token stays in this tab and is gone when you close it.
      </p>
      <form onSubmit={(event) => void logIn(event)} className="mt-6 space-y-4">
        <Field id="token" label="Token" hint="A bearer token of the cluster that JobImport runs in.">
          <input
            id="token"
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
        <p id="problem" role="alert" className="min-h-5 text-sm text-bad">
          {problem}
        </p>
        <Button type="submit" look="primary" disabled={asking || token.trim() === ''} className="w-full">
          {asking ? 'Asking the cluster …' : 'Log in'}
        </Button>
      </form>
      <h2 className="mt-10 font-serif text-lg font-semibold">Where to get one</h2>
      <p className="mt-1 mb-2 text-sm text-soft">
        From your identity provider, or from a service account. Behind a proxy that passes your token on, no log-in is asked for.
      </p>
      <Code label="Command that makes a token" text={COMMAND} />
    </div>
  )
}

/** Why a token is refused; null where it is good. */
async function refusalOf(token: string): Promise<string | null> {
  try {
    const answer = await fetch('/api/v1/session', {headers: {Authorization: `Bearer ${token}`}})
    if (answer.ok) return null
    const problem = (await answer.json().catch(() => null)) as {detail?: string} | null
    return problem?.detail ?? `The gateway answered ${answer.status}.`
  } catch {
    return 'The gateway cannot be reached. Try again in a moment.'
  }
}

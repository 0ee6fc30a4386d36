import {keepToken, tokenOf} from './token'

/** Whose token is no good any more: the one of this tab, or the one that a proxy passes on. */
export type Ended = 'token' | 'proxy'

let leaving = false

function leave(values: Record<string, string>): void {
  leaving = true
  keepToken(null)
  const query = new URLSearchParams(values).toString()
  // A whole load: nothing of what was shown stays, and a proxy can log in on the way.
  location.assign(query ? `/login/?${query}` : '/login/')
}

/** To the log-in page, which says what happened and leads back here. A refused token is not kept. */
export function leadToLogin(ended: Ended | null): void {
  if (leaving || typeof location === 'undefined' || location.pathname.startsWith('/login')) return
  const next = `${location.pathname}${location.search}`
  leave({...(ended ? {ended} : {}), ...(next === '/' ? {} : {next})})
}

/** Forget the token of this tab. */
export const logOut = () => leave({})

/** What a 401 says of the session that was there: null where there was none. */
export function endedBy(challenge: string | null | undefined): Ended | null {
  if (tokenOf()) return 'token'
  return challenge?.includes('invalid_token') ? 'proxy' : null
}

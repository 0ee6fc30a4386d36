/** How trying to log in went. */
export type Outcome =
  | {is: 'in'; name: string}
  | {is: 'none' | 'wrong' | 'odd'}
  | {is: 'limited'; seconds: number}
  | {is: 'failed'; detail: string}

const A_MINUTE = 60

/** A token as it was meant: pasted with spaces around it, or with the scheme before it. */
export const tidied = (typed: string) => typed.trim().replace(/^Bearer\s+/i, '')

/** Ask the gateway who a token belongs to; without one, who a proxy says that we are. */
export async function attempt(token: string | null): Promise<Outcome> {
  // What no header can carry never reaches the gateway.
  if (token !== null && !/^[\x21-\x7e]+$/.test(token)) return {is: 'odd'}
  try {
    const headers: Record<string, string> = token === null ? {} : {Authorization: `Bearer ${token}`}
    return await outcomeOf(await fetch('/api/v1/session', {headers: {...headers, Accept: 'application/json'}}))
  } catch {
    return {is: 'failed', detail: 'The gateway cannot be reached. It may be restarting: try again in a moment.'}
  }
}

async function outcomeOf(answer: Response): Promise<Outcome> {
  if (answer.status === 401) {
    return {is: answer.headers.get('WWW-Authenticate')?.includes('invalid_token') ? 'wrong' : 'none'}
  }
  if (answer.status === 429) return {is: 'limited', seconds: Number(answer.headers.get('Retry-After')) || A_MINUTE}
  const said = (await answer.json().catch(() => null)) as {name?: string; detail?: string} | null
  if (answer.ok && said?.name) return {is: 'in', name: said.name}
  return {is: 'failed', detail: said?.detail ?? `The gateway answered ${answer.status}. Try again in a moment.`}
}

/** Only to a page of ours: an address from elsewhere is not followed. */
export function safeNext(next: string): string {
  return /^\/(?![/\\])/.test(next) && !next.startsWith('/login') ? next : '/'
}

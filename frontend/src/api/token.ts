const KEY = 'jobimport.token'
let kept: string | null = null

/** The bearer token of this tab: never in an address, a cookie or a log, and gone with the tab. */
export function tokenOf(): string | null {
  if (kept === null && typeof sessionStorage !== 'undefined') {
    try {
      kept = sessionStorage.getItem(KEY)
    } catch {
      // Storage may be forbidden; then the token lasts as long as the page.
    }
  }
  return kept
}

/** Keep a token, or forget it with null. */
export function keepToken(token: string | null): void {
  kept = token
  try {
    if (token) sessionStorage.setItem(KEY, token)
    else sessionStorage.removeItem(KEY)
  } catch {
    // As above.
  }
}

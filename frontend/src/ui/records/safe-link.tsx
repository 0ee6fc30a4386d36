/** The address where it is one of the web; anything else, as `javascript:`, is shown as text only. */
export function webAddress(value: unknown): string | null {
  if (typeof value !== 'string') return null
  try {
    const url = new URL(value)
    return url.protocol === 'https:' || url.protocol === 'http:' ? url.href : null
  } catch {
    return null
  }
}

export function SafeLink({url}: {url: unknown}) {
  const address = webAddress(url)
  if (!address) return typeof url === 'string' ? <span className="[overflow-wrap:anywhere]">{url}</span> : null
  return (
    <a href={address} target="_blank" rel="noopener noreferrer nofollow" className="[overflow-wrap:anywhere] text-accent hover:underline">
      {String(url)}
      <span className="sr-only"> (opens a new tab)</span>
    </a>
  )
}

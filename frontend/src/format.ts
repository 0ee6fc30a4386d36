const whole = new Intl.NumberFormat('en')

/** A count; a dash for what is not known. */
export const count = (value: number | null | undefined) =>
  value === null || value === undefined ? '–' : whole.format(value)

/** A length of time in at most two units. */
export function duration(seconds: number): string {
  if (seconds < 10) return `${seconds.toFixed(1)} s`
  const total = Math.round(seconds)
  if (total < 60) return `${total} s`
  if (total < 3600) return `${Math.floor(total / 60)} min ${total % 60} s`
  if (total < 86400) return `${Math.floor(total / 3600)} h ${Math.floor((total % 3600) / 60)} min`
  return `${Math.floor(total / 86400)} d ${Math.floor((total % 86400) / 3600)} h`
}

/** How long a run took; null while it goes on. */
export function taken(start: string, end: string | null): string | null {
  return end === null ? null : duration((Date.parse(end) - Date.parse(start)) / 1000)
}

/** A time as a person says it: "3 min ago", "in 2 h". */
export function relative(iso: string, now: number): string {
  const seconds = (Date.parse(iso) - now) / 1000
  const size = Math.abs(seconds)
  if (size < 5) return 'now'
  const text = size < 60 ? `${Math.round(size)} s` : duration(size).split(' ').slice(0, 2).join(' ')
  return seconds > 0 ? `in ${text}` : `${text} ago`
}

/** A time in the reader's zone and in UTC, for a tooltip. */
export function exact(iso: string): string {
  const time = new Date(iso)
  return `${time.toLocaleString()} (${time.toISOString().replace('.000', '')})`
}

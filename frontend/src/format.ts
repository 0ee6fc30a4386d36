const whole = new Intl.NumberFormat('en')

/** A count; a dash for what is not known. */
export const count = (value: number | null | undefined) =>
  value === null || value === undefined ? '–' : whole.format(value)

/** The colour of a count; none stands back, so that the others are seen. */
export const unlessNone = (value: number | null | undefined, colour = '') => (value ? colour : 'text-soft')

/** A count with its noun: "1 page", "12 pages". */
export const some = (value: number, one: string, many = `${one}s`) => `${count(value)} ${value === 1 ? one : many}`

/** A length of time in at most two units. */
export function duration(seconds: number): string {
  if (seconds < 10) return `${seconds.toFixed(1)} s`
  const total = Math.round(seconds)
  if (total < 60) return `${total} s`
  if (total < 3600) return `${Math.floor(total / 60)} min ${total % 60} s`
  if (total < 86400) return `${Math.floor(total / 3600)} h ${Math.floor((total % 3600) / 60)} min`
  return `${Math.floor(total / 86400)} d ${Math.floor((total % 86400) / 3600)} h`
}

/** Seconds from one time to another; null while the end is not known. */
export function secondsBetween(start: string, end: string | null): number | null {
  return end === null ? null : Math.max(0, (Date.parse(end) - Date.parse(start)) / 1000)
}

/** How long a run took; null while it goes on. */
export function taken(start: string, end: string | null): string | null {
  const seconds = secondsBetween(start, end)
  return seconds === null ? null : duration(seconds)
}

/** A time as a person says it: "3 min ago", "in 2 h". */
export function relative(iso: string, now: number): string {
  const seconds = (Date.parse(iso) - now) / 1000
  const size = Math.abs(seconds)
  if (size < 5) return 'now'
  const text = size < 60 ? `${Math.round(size)} s` : duration(size).split(' ').slice(0, 2).join(' ')
  return seconds > 0 ? `in ${text}` : `${text} ago`
}

const two = (value: number) => String(value).padStart(2, '0')

/** A time to the second in the reader's zone or in UTC: "2026-11-25 14:03:09". */
export function clock(iso: string, zone: 'local' | 'utc'): string {
  const time = new Date(iso)
  if (Number.isNaN(time.getTime())) return iso
  const [year, month, day, hour, minute, second] =
    zone === 'utc'
      ? [time.getUTCFullYear(), time.getUTCMonth(), time.getUTCDate(), time.getUTCHours(), time.getUTCMinutes(), time.getUTCSeconds()]
      : [time.getFullYear(), time.getMonth(), time.getDate(), time.getHours(), time.getMinutes(), time.getSeconds()]
  return `${year}-${two(month + 1)}-${two(day)} ${two(hour)}:${two(minute)}:${two(second)}`
}

/** A time in both zones, for a tooltip. */
export function exact(iso: string): string {
  return `${clock(iso, 'local')} here · ${clock(iso, 'utc')} UTC`
}

/** Part of a whole in percent, rounded down, so that 100 % means all; null where the whole is 0. */
export function percent(part: number, all: number): number | null {
  return all > 0 ? Math.floor((part / all) * 100) : null
}

/** A value of a posting on one line. */
export function inline(value: unknown): string {
  if (value === null || value === undefined) return '–'
  if (typeof value === 'string') return value
  if (typeof value === 'number' || typeof value === 'boolean') return String(value)
  if (Array.isArray(value)) return value.map(inline).join(', ') || '–'
  return Object.entries(value)
    .filter(([, each]) => each !== null)
    .map(([name, each]) => `${name} ${inline(each)}`)
    .join(', ')
}

/** A value as read by a person: of HTML only its text. It is shown as text either way. */
export function plain(value: unknown): string {
  const text = inline(value)
  // A piece of HTML, cut at both ends, begins with an ellipsis and perhaps the end of a tag.
  if (!/^\s*(<\w|…[^<]*<\/?\w)/.test(text)) return text
  const words = text.replace(/^…[^<>]*>/, '… ').replace(/<[^>]*(>|$)/g, ' ').replace(/\s+/g, ' ').trim()
  return words || text
}

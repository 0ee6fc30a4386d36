import {count} from '@/format'
import type {RunDetail} from '@/types'

const closes = new Set(['Complete', 'Unchanged', 'Empty'])

/**
 * How complete a run was, and what that meant for closing: "4,012 of 4,020 advertised; nothing closed
 * because the guard held 40 back." What the run's own message says already is not said twice.
 */
export function completeness(run: RunDetail): string {
  const told = run.partitions.filter((one) => one.advertised !== null && one.records !== null)
  const seen = told.reduce((sum, one) => sum + (one.records ?? 0), 0)
  const advertised = told.reduce((sum, one) => sum + (one.advertised ?? 0), 0)
  if (told.length === 0 || run.message.includes('advertised')) return run.message
  const closed = run.message.includes('closed') ? '' : closing(run)
  return `${count(seen)} of ${count(advertised)} advertised${closed}. ${run.message}`.trim()
}

function closing(run: RunDetail): string {
  if (run.closed > 0) return `; ${count(run.closed)} closed`
  const held = run.partitions.reduce((sum, one) => sum + (one.held ?? 0), 0)
  if (held > 0) return `; nothing closed because the guard held ${count(held)} back`
  const open = run.partitions.filter((one) => !closes.has(one.verdict))
  const [first] = open
  if (!first) return ''
  const which = run.partitions.length === 1 ? 'the walk is' : `${first.key} is`
  const more = open.length > 1 ? ` and ${open.length - 1} more` : ''
  return `; nothing closed because ${which} ${first.verdict.toLowerCase()}${more}`
}

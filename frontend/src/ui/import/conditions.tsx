'use client'

import type {ImportRef} from '@/api/base'
import {useEventsQuery} from '@/api/imports'
import {count} from '@/format'
import type {Condition} from '@/types'
import {Badge} from '@/ui/parts/badge'
import {Section} from '@/ui/parts/layout'
import {Answer, Empty} from '@/ui/parts/states'
import {Time} from '@/ui/parts/time'

/** A condition that is bad when it is True wears its name, not the green of "True". */
function markOf({type, status}: Condition): string {
  if (type === 'Stalled') return status === 'True' ? 'False' : 'True'
  if (type === 'Reconciling') return status === 'True' ? 'Running' : 'Unknown'
  return status
}

export function Conditions({conditions}: {conditions: Condition[]}) {
  return (
    <Section title="Conditions">
      {conditions.length === 0 ? (
        <Empty>The operator has not looked at it yet.</Empty>
      ) : (
        <ul className="divide-y divide-line text-sm">
          {conditions.map((one) => (
            <li key={one.type} className="grid gap-x-6 gap-y-0.5 py-2 first:pt-0 sm:grid-cols-[13rem_minmax(0,1fr)_auto]">
              <span>
                <Badge text={markOf(one)} as={`${one.type}: ${one.status}`} />
                <span className="block pl-4 text-soft">{one.reason}</span>
              </span>
              <span className="[overflow-wrap:anywhere]">{one.message}</span>
              <span className="text-soft">
                <Time iso={one.lastTransitionTime} />
              </span>
            </li>
          ))}
        </ul>
      )}
    </Section>
  )
}

/** They are read anew when the gateway tells of one; this is for those that it could not tell of. */
const POLL_MS = 60_000

/** What the operator said about the import, as `kubectl describe` shows it. */
export function Events({reference}: {reference: ImportRef}) {
  const events = useEventsQuery(reference, {pollingInterval: POLL_MS, skipPollingIfUnfocused: true})
  return (
    <Section title="Events">
      <Answer query={events} lines={3}>
        {({items}) =>
          items.length === 0 ? (
            <Empty>No event is kept. Kubernetes keeps them for an hour.</Empty>
          ) : (
            <ul className="divide-y divide-line text-sm">
              {items.map((event, index) => (
                <li key={index} className="grid gap-x-6 gap-y-0.5 py-2 first:pt-0 sm:grid-cols-[13rem_minmax(0,1fr)_auto]">
                  <Badge text={event.type} as={event.reason} />
                  <span className="[overflow-wrap:anywhere]">
                    {event.message}
                    {event.count > 1 ? <span className="text-soft"> ({count(event.count)} times)</span> : null}
                  </span>
                  <span className="text-soft">
                    <Time iso={event.at} />
                  </span>
                </li>
              ))}
            </ul>
          )
        }
      </Answer>
    </Section>
  )
}

import {count} from '@/format'
import type {ErrorGroup} from '@/types'
import {CopyButton} from '@/ui/parts/controls'
import {Code} from '@/ui/parts/code'
import {Section} from '@/ui/parts/layout'
import {Time} from '@/ui/parts/time'

/** Errors that are alike together: how many, an example, and the request to try by hand. */
export function Errors({errors}: {errors: ErrorGroup[]}) {
  if (errors.length === 0) return null
  return (
    <Section title="Errors" note="alike ones together">
      <ul className="divide-y divide-line text-sm">
        {errors.map((group) => (
          <li key={group.message} className="grid gap-x-4 gap-y-1 py-3 first:pt-0 sm:grid-cols-[4rem_minmax(0,1fr)]">
            <span className="font-serif text-lg leading-tight font-semibold text-bad">{count(group.count)}×</span>
            <div className="min-w-0">
              <p className="font-medium [overflow-wrap:anywhere]">{group.message}</p>
              <p className="[overflow-wrap:anywhere] text-soft">
                For example {group.example}
                , last <Time iso={group.lastAt} />
              </p>
              {group.curl ? (
                <details className="mt-2">
                  <summary className="w-fit text-accent hover:underline">The request as a command</summary>
                  <div className="mt-2 space-y-2">
                    <Code label="The request as a command, without secrets" text={group.curl} />
                    <CopyButton text={group.curl} label="Copy the command" />
                  </div>
                </details>
              ) : null}
            </div>
          </li>
        ))}
      </ul>
    </Section>
  )
}

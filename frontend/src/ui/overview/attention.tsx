'use client'

import Link from 'next/link'
import {to} from '@/address'
import {useImportsQuery} from '@/api/imports'
import type {ImportSummary} from '@/types'
import {ActionsBar} from '@/ui/actions-bar'
import {Badge} from '@/ui/parts/badge'
import {buttonLook} from '@/ui/parts/controls'
import {Section} from '@/ui/parts/layout'
import {Time} from '@/ui/parts/time'
import {badgeOf, healthOf} from '@/ui/state'

const MOST = 5

/** The imports that need somebody, and whether it is not known yet if there are any. */
export function useAttention(skip: boolean) {
  const {data, isLoading} = useImportsQuery({sort: 'attention', limit: MOST}, {skip})
  return {isLoading, needy: skip ? [] : (data?.items ?? []).filter((imp) => imp.attention !== null)}
}

/** The imports that need somebody, each with why and what can be done; nothing where none does. */
export function Attention({needy}: {needy: ImportSummary[]}) {
  if (needy.length === 0) return null
  return (
    <Section title="Needs attention">
      <ul className="divide-y divide-line">
        {needy.map((imp) => (
          <li key={`${imp.namespace}/${imp.name}`} className="grid gap-x-6 gap-y-2 py-3 first:pt-0 md:grid-cols-[minmax(0,1fr)_auto] md:items-center">
            <div className="min-w-0">
              <p className="flex flex-wrap items-center gap-x-3">
                <Link href={to.import(imp)} className="font-semibold hover:text-accent hover:underline">
                  {imp.name}
                </Link>
                <Badge text={badgeOf(imp)} />
                <span className="text-sm text-soft">
                  {imp.namespace}
                  {imp.stalled ? `, ${imp.reason}` : null}
                  {imp.lastRun ? ', last run ' : ''}
                  {imp.lastRun ? <Time iso={imp.lastRun.finishedAt} /> : null}
                </span>
              </p>
              <p className="mt-0.5 line-clamp-2 max-w-3xl text-sm [overflow-wrap:anywhere]" title={imp.attention ?? ''}>
                {healthOf(imp)}
              </p>
            </div>
            {imp.stalled ? (
              <Link href={to.edit(imp)} className={buttonLook}>
                Mend the spec<span className="sr-only"> of {imp.name}</span>
              </Link>
            ) : (
              <ActionsBar imp={imp} only={['retry', 'runs']} />
            )}
          </li>
        ))}
      </ul>
    </Section>
  )
}

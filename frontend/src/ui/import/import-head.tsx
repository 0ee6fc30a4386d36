'use client'

import Link from 'next/link'
import type {ReactNode} from 'react'
import {to} from '@/address'
import {isGone, type ImportRef} from '@/api/base'
import {useImportDetailQuery} from '@/api/imports'
import {count} from '@/format'
import {useAppSelector} from '@/store'
import {merged} from '@/live/slice'
import {ActionsBar} from '@/ui/actions-bar'
import {Badge} from '@/ui/parts/badge'
import {Breadcrumb, Title} from '@/ui/parts/layout'
import {badgeOf, healthOf} from '@/ui/state'

export type Part = 'import' | 'records' | 'rejects' | 'edit'

/** An import, from REST and from what was told since. */
export function useImport(ref: ImportRef) {
  const live = useAppSelector((state) => state.live.imports[`${ref.namespace}/${ref.name}`])
  const skip = ref.namespace === '' || ref.name === ''
  const detail = useImportDetailQuery(ref, {skip, pollingInterval: 10_000, skipPollingIfUnfocused: true})
  const told = isGone(detail.error) ? undefined : detail.currentData
  const imp = told ? {...told, ...(live ? merged(told, live) : {})} : undefined
  return {imp, detail}
}

/** The head that all pages of an import share: name, health, actions, and the ways between them. */
export function ImportHead({reference, part, aside}: {reference: ImportRef; part: Part; aside?: ReactNode}) {
  const {imp, detail} = useImport(reference)
  return (
    <>
      <Breadcrumb
        parts={[{text: 'Imports', href: '/'}, {text: reference.namespace, href: to.overview({ns: reference.namespace})}]}
      />
      <Title badge={imp ? <Badge text={badgeOf(imp)} /> : null}>{reference.name || 'No import named'}</Title>
      {isGone(detail.error) ? null : (
        <>
          <p className="mt-2 min-h-6 max-w-prose text-base [overflow-wrap:anywhere]" data-testid="health">
            {imp ? healthOf(imp) : ' '}
          </p>
          {part === 'edit' ? null : (
            <div className="mt-4 min-h-8">{imp ? <ActionsBar imp={imp} without={part === 'rejects' ? 'replay' : undefined} /> : null}</div>
          )}
          <Ways reference={reference} part={part} rejects={imp?.rejects ?? 0} aside={aside} />
        </>
      )}
    </>
  )
}

/** The ways between the pages of an import. */
function Ways({reference, part, rejects, aside}: {reference: ImportRef; part: Part; rejects: number; aside?: ReactNode}) {
  const parts: [Part, string, string][] = [
    ['import', 'Overview', to.import(reference)],
    ['records', 'Records', to.records(reference)],
    ['rejects', rejects ? `Rejects (${count(rejects)})` : 'Rejects', to.rejects(reference)],
    ['edit', 'Edit', to.edit(reference)],
  ]
  return (
    <nav aria-label="Pages of this import" className="mt-6 flex flex-wrap items-end gap-x-6 border-b border-line">
      {parts.map(([each, text, href]) => (
        <Link
          key={each}
          href={href}
          aria-current={each === part ? 'page' : undefined}
          className="-mb-px border-b-2 border-transparent py-2 text-sm text-soft hover:text-ink aria-[current=page]:border-rule aria-[current=page]:font-medium aria-[current=page]:text-ink"
        >
          {text}
        </Link>
      ))}
      {aside ? <div className="ml-auto pb-1.5">{aside}</div> : null}
    </nav>
  )
}

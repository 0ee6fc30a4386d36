'use client'

import Link from 'next/link'
import {useState} from 'react'
import {to} from '@/address'
import {useApplyMutation} from '@/api/authoring'
import type {Applied} from '@/types'
import {Diff} from '@/ui/parts/code'
import {Button, UNDER_WAY} from '@/ui/parts/controls'
import {Section} from '@/ui/parts/layout'
import {Empty, ErrorBox} from '@/ui/parts/states'

const nameOf = (manifest: string) => {
  const part = (field: string) => new RegExp(`^  ${field}:\\s*["']?([\\w.-]+)`, 'm').exec(manifest)?.[1]
  return {namespace: part('namespace') ?? 'default', name: part('name') ?? ''}
}

/** The server says first what would change; only what was looked at is applied. */
export function Apply({manifest, why}: {manifest: string; why: string | null}) {
  const [apply, {isLoading, error}] = useApplyMutation()
  const [looked, setLooked] = useState<{manifest: string; answer: Applied} | null>(null)
  const [done, setDone] = useState<Applied | null>(null)
  const current = looked && looked.manifest === manifest ? looked.answer : null
  const nothing = current !== null && !current.created && current.diff.trim() === ''
  const dryRun = async () => {
    setDone(null)
    const told = await apply({manifest, dryRun: true})
    if (told.data) setLooked({manifest, answer: told.data})
  }
  const reallyApply = async () => {
    const told = await apply({manifest, dryRun: false})
    if (!told.data) return
    setDone(told.data)
    setLooked(null)
  }
  const whyNot = why ?? (current ? (nothing ? 'Nothing would change.' : null) : 'Look at the dry run first.')
  return (
    <Section
      title="Apply"
      note="or commit the YAML, which lasts where a GitOps tool owns the import"
      aside={
        <>
          <Button why={isLoading ? UNDER_WAY : why} onClick={() => void dryRun()}>
            Dry run
          </Button>
          <Button look="primary" why={isLoading ? UNDER_WAY : whyNot} onClick={() => void reallyApply()}>
            Apply
          </Button>
        </>
      }
    >
      <div aria-live="polite">
        {error ? (
          <ErrorBox error={error} />
        ) : done ? (
          <p className="text-sm">
            {done.created ? 'Created.' : 'Changed.'}{' '}
            <Link href={to.import(nameOf(done.manifest))} className="font-medium text-accent hover:underline">
              See the import
            </Link>
          </p>
        ) : current ? (
          <>
            <p className="mb-2 text-sm">
              {current.created ? 'The server accepts it. It would be new:' : nothing ? 'The server accepts it; nothing would change.' : 'The server accepts it. This would change:'}
            </p>
            {current.managedBy ? (
              <p className="mb-2 max-w-prose text-sm text-warn">
                {current.managedBy} keeps this import and would take the change back: commit the YAML there instead.
              </p>
            ) : null}
            {current.diff.trim() ? <Diff label="What would change" text={current.diff} /> : null}
          </>
        ) : (
          <Empty>A dry run asks the server, with your rights, what would change.</Empty>
        )}
      </div>
    </Section>
  )
}

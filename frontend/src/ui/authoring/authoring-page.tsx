'use client'

import {lazy, Suspense} from 'react'
import {useNamedImport} from '@/address'
import {ImportHead} from '@/ui/import/import-head'
import {Title} from '@/ui/parts/layout'
import {Loading} from '@/ui/parts/states'

// The YAML library comes with these, which only this page needs.
const Create = lazy(() => import('./create'))
const Edit = lazy(() => import('./edit'))

/** Write a new import, or edit one, where the address names one: live preview, then YAML to commit, or applied after a dry run. */
export function AuthoringPage() {
  const ref = useNamedImport()
  if (ref.name) {
    return (
      <>
        <ImportHead reference={ref} part="edit" />
        <Suspense fallback={<Loading lines={10} />}>
          <Edit key={`${ref.namespace}/${ref.name}`} reference={ref} />
        </Suspense>
      </>
    )
  }
  return (
    <>
      <Title>New import</Title>
      <p className="mt-1 max-w-prose text-soft">
        Choose a preset or write the source, look at what it gives, and commit the YAML. Nothing is stored before that.
      </p>
      <Suspense fallback={<Loading lines={10} />}>
        <Create />
      </Suspense>
    </>
  )
}

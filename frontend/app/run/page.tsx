import type {Metadata} from 'next'
import {Suspense} from 'react'
import {RunPage} from '@/ui/run/run-page'

export const metadata: Metadata = {title: 'Run · JobImport'}

export default function Page() {
  return (
    <Suspense>
      <RunPage />
    </Suspense>
  )
}

import type {Metadata} from 'next'
import {Suspense} from 'react'
import {RejectsPage} from '@/ui/rejects/rejects-page'

export const metadata: Metadata = {title: 'Rejects · JobImport'}

export default function Page() {
  return (
    <Suspense>
      <RejectsPage />
    </Suspense>
  )
}

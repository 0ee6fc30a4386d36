import type {Metadata} from 'next'
import {Suspense} from 'react'
import {RecordsPage} from '@/ui/records/records-page'

export const metadata: Metadata = {title: 'Records · JobImport'}

export default function Page() {
  return (
    <Suspense>
      <RecordsPage />
    </Suspense>
  )
}

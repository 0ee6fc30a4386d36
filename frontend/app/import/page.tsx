import type {Metadata} from 'next'
import {Suspense} from 'react'
import {ImportPage} from '@/ui/import/import-page'

export const metadata: Metadata = {title: 'Import · JobImport'}

export default function Page() {
  return (
    <Suspense>
      <ImportPage />
    </Suspense>
  )
}

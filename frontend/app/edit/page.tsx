import type {Metadata} from 'next'
import {Suspense} from 'react'
import {AuthoringPage} from '@/ui/authoring/authoring-page'

export const metadata: Metadata = {title: 'Edit · JobImport'}

export default function Page() {
  return (
    <Suspense>
      <AuthoringPage />
    </Suspense>
  )
}

import type {Metadata} from 'next'
import {Suspense} from 'react'
import {Overview} from '@/ui/overview/overview'

export const metadata: Metadata = {title: 'Imports · JobImport'}

export default function Page() {
  return (
    <Suspense>
      <Overview />
    </Suspense>
  )
}

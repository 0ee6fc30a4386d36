import type {Metadata} from 'next'
import {Suspense} from 'react'
import {PoolsPage} from '@/ui/pools/pools-page'

export const metadata: Metadata = {title: 'Workers · JobImport'}

export default function Page() {
  return (
    <Suspense>
      <PoolsPage />
    </Suspense>
  )
}

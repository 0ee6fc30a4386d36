import {Suspense} from 'react'
import {ImportPage} from '@/ui/import-page'

export default function Page() {
  return (
    <Suspense>
      <ImportPage />
    </Suspense>
  )
}

import {Suspense} from 'react'
import {RunPage} from '@/ui/run-page'

export default function Page() {
  return (
    <Suspense>
      <RunPage />
    </Suspense>
  )
}

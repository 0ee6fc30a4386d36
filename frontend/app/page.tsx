import {Suspense} from 'react'
import {Imports} from '@/ui/imports'

export default function Page() {
  return (
    <Suspense>
      <Imports />
    </Suspense>
  )
}

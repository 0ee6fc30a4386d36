import type {Metadata} from 'next'
import {Suspense} from 'react'
import {LoginPage} from '@/ui/login/login-page'

export const metadata: Metadata = {title: 'Log in · JobImport'}

export default function Page() {
  return (
    <Suspense>
      <LoginPage />
    </Suspense>
  )
}

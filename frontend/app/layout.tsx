import type {Metadata, Viewport} from 'next'
import type {ReactNode} from 'react'
import {Shell} from '@/ui/shell/shell'
import {fonts} from './fonts'
import './globals.css'

export const metadata: Metadata = {
  title: 'JobImport',
  description: 'Imports of job postings, live.',
  icons: {icon: '/icon.svg'},
}

export const viewport: Viewport = {width: 'device-width', initialScale: 1}

export default function Layout({children}: {children: ReactNode}) {
  return (
    <html lang="en" className={fonts} suppressHydrationWarning>
      <head>
        <script src="/theme.js" />
      </head>
      <body className="font-sans">
        <Shell>{children}</Shell>
      </body>
    </html>
  )
}

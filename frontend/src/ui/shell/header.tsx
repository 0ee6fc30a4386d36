'use client'

import Link from 'next/link'
import {usePathname} from 'next/navigation'
import {useOnLogin} from '@/address'
import {useSessionQuery} from '@/api/imports'
import {logOut} from '@/api/session'
import {tokenOf} from '@/api/token'
import {zoneChosen} from '@/preferences'
import {useAppDispatch, useAppSelector} from '@/store'
import {ConnectionBadge} from './connection'
import {useOpenPalette} from './palette-provider'
import {flipTheme} from './theme'

const places = [
  {text: 'Imports', href: '/', icon: 'M4 6h16M4 12h16M4 18h10', also: ['/import', '/run', '/records', '/rejects', '/edit']},
  {text: 'Workers', href: '/pools/', icon: 'M4 5h16v5H4zM4 14h16v5H4zM8 7.5h.01M8 16.5h.01', also: []},
  {text: 'New import', href: '/new/', icon: 'M12 5v14M5 12h14', also: []},
]

function useHere() {
  const path = usePathname()
  return ({href, also}: (typeof places)[number]) =>
    href === '/' ? path === '/' || also.some((each) => path.startsWith(each)) : path.startsWith(href.slice(0, -1))
}

export function Header() {
  const out = useOnLogin()
  return (
    <header className="sticky top-0 z-20 border-b border-line bg-page/95 backdrop-blur-sm">
      <div className="mx-auto flex h-13 max-w-6xl items-center gap-1 px-4 sm:px-6">
        <Link href="/" className="mr-1 flex items-center gap-2 font-serif sm:mr-4 text-lg font-semibold" aria-label="JobImport, all imports">
          <img src="/icon.svg" width={22} height={22} alt="" />
          JobImport
        </Link>
        {out ? <span className="ml-auto" /> : <Ways />}
        <ZoneButton />
        <ThemeButton />
        <Who />
      </div>
    </header>
  )
}

/** Where to go, and whether what is shown is live: nothing of it before somebody is logged in. */
function Ways() {
  const here = useHere()
  const open = useOpenPalette()
  return (
    <>
      <nav aria-label="Main" className="hidden gap-1 md:flex">
        {places.map((place) => (
          <Link
            key={place.href}
            href={place.href}
            aria-current={here(place) ? 'page' : undefined}
            className="rounded-md px-2.5 py-1 text-sm text-soft hover:text-ink aria-[current=page]:font-medium aria-[current=page]:text-ink aria-[current=page]:underline aria-[current=page]:decoration-2 aria-[current=page]:underline-offset-8"
          >
            {place.text}
          </Link>
        ))}
      </nav>
      <button
        type="button"
        onClick={open}
        aria-keyshortcuts="Control+K Meta+K"
        className="ml-auto hidden min-h-8 items-center gap-6 rounded-md border border-line bg-card pr-1.5 pl-3 text-sm text-soft hover:border-rule md:flex"
      >
        Find or do <kbd className="rounded border border-line px-1.5 font-sans text-xs">Ctrl K</kbd>
      </button>
      <span className="ml-auto md:ml-3">
        <ConnectionBadge />
      </span>
    </>
  )
}

/** The same places at a thumb's reach. */
export function PhoneBar() {
  const here = useHere()
  const open = useOpenPalette()
  const out = useOnLogin()
  const look = 'flex min-h-14 flex-1 flex-col items-center justify-center gap-0.5 text-xs text-soft aria-[current=page]:font-medium aria-[current=page]:text-ink'
  if (out) return null
  return (
    <nav aria-label="Main, at the bottom" className="fixed inset-x-0 bottom-0 z-20 flex border-t border-line bg-page pb-[env(safe-area-inset-bottom)] md:hidden">
      {places.map((place) => (
        <Link key={place.href} href={place.href} aria-current={here(place) ? 'page' : undefined} className={look}>
          <Icon path={place.icon} />
          {place.text}
        </Link>
      ))}
      <button type="button" onClick={open} className={look}>
        <Icon path="M11 5a6 6 0 1 0 0 12 6 6 0 0 0 0-12zM20 20l-4.5-4.5" />
        Find
      </button>
    </nav>
  )
}

export function Icon({path, size = 20}: {path: string; size?: number}) {
  return (
    <svg viewBox="0 0 24 24" width={size} height={size} fill="none" stroke="currentColor" strokeWidth="1.8" strokeLinecap="round" strokeLinejoin="round" aria-hidden>
      <path d={path} />
    </svg>
  )
}

const small = 'grid size-8 place-items-center rounded-md text-soft hover:bg-well hover:text-ink'

function ThemeButton() {
  return (
    <button type="button" onClick={flipTheme} className={small} aria-label="Switch between light and dark" title="Switch between light and dark">
      <Icon size={17} path="M20 14.5A8 8 0 0 1 9.5 4 8 8 0 1 0 20 14.5z" />
    </button>
  )
}

function ZoneButton() {
  const zone = useAppSelector((state) => state.preferences.zone)
  const dispatch = useAppDispatch()
  const other = zone === 'utc' ? 'local' : 'utc'
  return (
    <button
      type="button"
      onClick={() => dispatch(zoneChosen(other))}
      title={zone === 'utc' ? 'Times are in UTC; show them in local time' : 'Times are local; show them in UTC'}
      className="ml-1 h-8 rounded-md px-1 text-xs sm:min-w-12 sm:px-1.5 font-medium text-soft hover:bg-well hover:text-ink"
    >
      <span className="sr-only">Times shown in </span>
      {zone === 'utc' ? 'UTC' : 'Local'}
    </button>
  )
}

/** Who is logged in, and the way out; nothing where nobody has to log in. */
function Who() {
  const {data} = useSessionQuery(undefined, {skip: useOnLogin()})
  if (!data || data.authMode === 'none') return null
  if (!tokenOf()) {
    return (
      <span title={`Logged in as ${data.name} by the proxy before JobImport`} className="ml-1 max-w-40 truncate px-2 text-xs text-soft max-sm:hidden">
        {shortly(data.name)}
      </span>
    )
  }
  return (
    <button
      type="button"
      title={`Logged in as ${data.name}`}
      onClick={logOut}
      className="h-8 max-w-40 shrink-0 truncate rounded-md px-1 text-xs text-soft hover:bg-well hover:text-ink sm:ml-1 sm:px-2"
    >
      Log out <span className="max-sm:hidden">{shortly(data.name)}</span>
    </button>
  )
}

/** What tells people apart: not what all names of service accounts, or of an issuer, begin with. */
const shortly = (name: string) => name.slice(name.lastIndexOf(':') + 1)

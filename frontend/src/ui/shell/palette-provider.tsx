'use client'

import {createContext, lazy, Suspense, useCallback, useContext, useEffect, useState, type ReactNode} from 'react'
import {useOnLogin} from '@/address'

// Loaded when it is first opened: most visits never do.
const Palette = lazy(() => import('./palette'))
const Shortcuts = lazy(() => import('./shortcuts'))

const Open = createContext<() => void>(() => undefined)

export const useOpenPalette = () => useContext(Open)

const typing = (target: EventTarget | null) =>
  target instanceof HTMLElement && (target.isContentEditable || /^(INPUT|TEXTAREA|SELECT)$/.test(target.tagName))

/** The command palette and the keys that work everywhere. */
export function PaletteProvider({children}: {children: ReactNode}) {
  const [shown, setShown] = useState<'palette' | 'shortcuts' | null>(null)
  const open = useCallback(() => setShown('palette'), [])
  // A dialog's end is told a moment after it: another may be shown by then, and is to stay.
  const closePalette = useCallback(() => setShown((now) => (now === 'palette' ? null : now)), [])
  const closeShortcuts = useCallback(() => setShown((now) => (now === 'shortcuts' ? null : now)), [])
  const off = useOnLogin()
  useEffect(() => {
    if (off) return
    const press = (event: KeyboardEvent) => {
      if (event.key.toLowerCase() === 'k' && (event.ctrlKey || event.metaKey)) {
        event.preventDefault()
        setShown((now) => (now === 'palette' ? null : 'palette'))
        return
      }
      if (typing(event.target) || event.ctrlKey || event.metaKey || event.altKey) return
      if (event.key === '?') setShown('shortcuts')
      if (event.key === '/') {
        const search = document.querySelector<HTMLInputElement>('main input[type=search]')
        if (search) {
          event.preventDefault()
          search.focus()
          search.select()
        }
      }
    }
    document.addEventListener('keydown', press)
    return () => document.removeEventListener('keydown', press)
  }, [off])
  return (
    <Open value={open}>
      {children}
      <Suspense>
        {shown === 'palette' ? <Palette onClose={closePalette} /> : null}
        {shown === 'shortcuts' ? <Shortcuts onClose={closeShortcuts} /> : null}
      </Suspense>
    </Open>
  )
}

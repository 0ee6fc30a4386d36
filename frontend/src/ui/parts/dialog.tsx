'use client'

import {useLayoutEffect, useRef, type ReactNode} from 'react'

/** A dialog over the page: it holds the focus, gives it back to where it was, and Escape ends it. */
export function Dialog({label, onClose, className = '', children}: {label: string; onClose: () => void; className?: string; children: ReactNode}) {
  const ref = useRef<HTMLDialogElement>(null)
  useLayoutEffect(() => {
    const dialog = ref.current
    if (dialog && !dialog.open) dialog.showModal()
    // Closed before it leaves the page: only then does the browser give the focus back.
    return () => dialog?.close()
  }, [])
  return (
    // A press beside it ends it, as Escape does for the keyboard.
    // eslint-disable-next-line jsx-a11y/no-noninteractive-element-interactions, jsx-a11y/click-events-have-key-events
    <dialog
      ref={ref}
      aria-label={label}
      onCancel={(event) => {
        // Ended by us, at once: the browser would tell of it a moment after the focus is back.
        event.preventDefault()
        onClose()
      }}
      onClose={() => {
        if (!ref.current?.open) onClose()
      }}
      onClick={(event) => {
        if (event.target === ref.current) onClose()
      }}
      className={`mx-auto mt-[12vh] w-[min(36rem,calc(100%-2rem))] rounded-lg border border-line bg-card p-0 text-ink shadow-xl ${className}`}
    >
      {children}
    </dialog>
  )
}

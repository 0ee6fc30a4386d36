'use client'

import {useEffect} from 'react'
import {dismissed, type Notice} from '@/notices'
import {useAppDispatch, useAppSelector} from '@/store'

const SHOWN_MS = 7000

/** What was just done, at the lower edge for a moment. */
export function Notices() {
  const notices = useAppSelector((state) => state.notices)
  return (
    <div role="status" className="fixed inset-x-0 bottom-16 z-30 mx-auto flex w-fit max-w-[calc(100%-2rem)] flex-col gap-2 md:bottom-6">
      {notices.map((notice) => (
        <Shown key={notice.id} notice={notice} />
      ))}
    </div>
  )
}

function Shown({notice}: {notice: Notice}) {
  const dispatch = useAppDispatch()
  useEffect(() => {
    if (notice.kind === 'failed') return
    const timer = setTimeout(() => dispatch(dismissed(notice.id)), SHOWN_MS)
    return () => clearTimeout(timer)
  }, [dispatch, notice])
  return (
    <p className={`flex items-start gap-4 rounded-md border bg-card px-4 py-2.5 text-sm shadow-md ${notice.kind === 'failed' ? 'border-bad' : 'border-rule'}`}>
      <span className="max-w-prose [overflow-wrap:anywhere]">{notice.text}</span>
      <button type="button" onClick={() => dispatch(dismissed(notice.id))} className="text-soft hover:text-ink">
        Close<span className="sr-only"> this message</span>
      </button>
    </p>
  )
}

/** What screen readers say of what happens elsewhere on the page. */
export function Announcer() {
  const text = useAppSelector((state) => state.live.announcement)
  return (
    <div aria-live="polite" className="sr-only" data-testid="announcer">
      {text}
    </div>
  )
}

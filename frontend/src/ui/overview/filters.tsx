'use client'

import Link from 'next/link'
import {useEffect, useRef, useState, type RefObject} from 'react'
import {useAddress} from '@/address'
import {viewForgotten, viewSaved} from '@/preferences'
import {useAppDispatch, useAppSelector} from '@/store'
import {Button, Choice, fieldClass, SearchBox, Select} from '@/ui/parts/controls'
import {verdicts} from '@/ui/state'

const stateChoices = [
  ['', 'All'],
  ['running', 'Running'],
  ['failed', 'Failed'],
  ['stalled', 'Stalled'],
  ['suspended', 'Suspended'],
  ['ok', 'OK'],
] as const

const sorts = [
  ['', 'Name, A to Z'],
  ['attention', 'What needs attention'],
  ['-lastRun', 'Last run, newest first'],
  ['-open', 'Open postings, most first'],
  ['nextRun', 'Next run, soonest first'],
] as const

/** What is chosen in the address. */
export const filters = ['ns', 'q', 'state', 'verdict', 'mine', 'sort'] as const
type Values = Record<(typeof filters)[number], string>

/** What is shown, and in which order; all of it is in the address. */
export function Filters({namespaces, values, choose}: {namespaces: string[]; values: Values; choose: (changed: Partial<Values>) => void}) {
  const mine = values.mine === 'true'
  return (
    <div className="flex flex-wrap items-center gap-2">
      <div className="w-full sm:w-60">
        <SearchBox label="Search imports" value={values.q} onSettled={(q) => choose({q})} />
      </div>
      <Choice label="State" value={values.state as (typeof stateChoices)[number][0]} options={stateChoices} onChoose={(state) => choose({state})} />
      <Select label="Verdict" value={values.verdict} onChange={(event) => choose({verdict: event.target.value})}>
        <option value="">Any verdict</option>
        {verdicts.map((each) => (
          <option key={each}>{each}</option>
        ))}
      </Select>
      {namespaces.length > 1 || values.ns ? (
        <Select label="Namespace" value={values.ns} onChange={(event) => choose({ns: event.target.value})}>
          <option value="">All namespaces</option>
          {[...new Set([...namespaces, values.ns])].filter(Boolean).sort().map((each) => (
            <option key={each}>{each}</option>
          ))}
        </Select>
      ) : null}
      <Button aria-pressed={mine} onClick={() => choose({mine: mine ? '' : 'true'})} className="aria-pressed:border-rule aria-pressed:bg-well">
        Mine
      </Button>
      <div className="flex items-center gap-2 sm:ml-auto">
        <Select label="Sort by" value={values.sort} onChange={(event) => choose({sort: event.target.value})}>
          {sorts.map(([value, text]) => (
            <option key={value} value={value}>
              {text}
            </option>
          ))}
        </Select>
        <Views />
      </div>
    </div>
  )
}

/** What unfolds over the page folds again at Escape, which gives the focus back, and at a press beside it. */
function useMenu(ref: RefObject<HTMLDetailsElement | null>) {
  useEffect(() => {
    const press = ({target}: PointerEvent) => {
      if (ref.current?.open && target instanceof Node && !ref.current.contains(target)) ref.current.open = false
    }
    document.addEventListener('pointerdown', press)
    return () => document.removeEventListener('pointerdown', press)
  }, [ref])
  return ({key}: React.KeyboardEvent) => {
    if (key !== 'Escape' || !ref.current?.open) return
    ref.current.open = false
    ref.current.querySelector('summary')?.focus()
  }
}

/** Filters and order under a name, kept in this browser. */
function Views() {
  const {text} = useAddress()
  const views = useAppSelector((state) => state.preferences.views)
  const dispatch = useAppDispatch()
  const [name, setName] = useState('')
  const ref = useRef<HTMLDetailsElement>(null)
  const onKeyDown = useMenu(ref)
  return (
    // Escape is for all that is in it; what is pressed are its own controls.
    // eslint-disable-next-line jsx-a11y/no-noninteractive-element-interactions
    <details ref={ref} onKeyDown={onKeyDown} className="relative">
      <summary className="flex min-h-8 list-none items-center rounded-md border border-line bg-card px-3 text-sm font-medium hover:border-rule">
        Views
      </summary>
      <div className="absolute right-0 z-10 mt-1 w-72 max-w-[calc(100vw-2rem)] rounded-md border border-line bg-card p-3 text-sm shadow-lg max-sm:right-auto max-sm:left-0">
        {views.length === 0 ? <p className="text-soft">Save the filters of this page under a name.</p> : null}
        <ul>
          {views.map((view) => (
            <li key={view.name} className="flex items-center gap-2 py-0.5">
              <Link href={`/?${view.query}`} className="grow truncate text-accent hover:underline">
                {view.name}
              </Link>
              <Button look="quiet" onClick={() => dispatch(viewForgotten(view.name))}>
                Forget<span className="sr-only"> {view.name}</span>
              </Button>
            </li>
          ))}
        </ul>
        <form
          className="mt-2 flex gap-2 border-t border-line pt-3"
          onSubmit={(event) => {
            event.preventDefault()
            if (!name.trim()) return
            dispatch(viewSaved({name: name.trim(), query: text}))
            setName('')
          }}
        >
          <input aria-label="Name of the view" placeholder="Name" value={name} maxLength={60} onChange={(event) => setName(event.target.value)} className={fieldClass} />
          <Button type="submit" why={name.trim() ? null : 'Give it a name first.'}>
            Save
          </Button>
        </form>
      </div>
    </details>
  )
}

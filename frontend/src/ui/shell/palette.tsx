'use client'

import {usePathname, useRouter, useSearchParams} from 'next/navigation'
import {useDeferredValue, useId, useState} from 'react'
import {actions, reasonAgainst} from '@/actions'
import {to} from '@/address'
import {useImportDetailQuery, useImportsQuery} from '@/api/imports'
import {zoneChosen} from '@/preferences'
import {useAppDispatch, useAppSelector} from '@/store'
import {Dialog} from '@/ui/parts/dialog'
import {Question} from '@/ui/parts/question'
import {useAct} from '@/ui/use-act'
import {flipTheme} from './theme'

interface Command {
  key: string
  group: string
  text: string
  note?: string
  why?: string | null
  /** Asked before it is done. */
  question?: {title: string; text: string}
  go: () => void
}

/** Find an import, go to a page, or do something, all from the keyboard. */
export default function Palette({onClose}: {onClose: () => void}) {
  const [text, setText] = useState('')
  const [chosen, setChosen] = useState(0)
  const [asking, setAsking] = useState<Command | null>(null)
  const list = useId()
  const commands = useCommands(text)
  const current = Math.min(chosen, Math.max(0, commands.length - 1))
  const run = (command: Command | undefined) => {
    if (!command || command.why) return
    if (command.question && !asking) return setAsking(command)
    onClose()
    command.go()
  }
  const press = (event: React.KeyboardEvent) => {
    const step = {ArrowDown: 1, ArrowUp: -1}[event.key]
    if (step) {
      event.preventDefault()
      setChosen((current + step + commands.length) % Math.max(1, commands.length))
    } else if (event.key === 'Enter') {
      event.preventDefault()
      run(commands[current])
    }
  }
  if (asking?.question) {
    return (
      <Dialog label={asking.question.title} onClose={onClose}>
        <Question {...asking.question} onNo={onClose} onYes={() => run(asking)} />
      </Dialog>
    )
  }
  return (
    <Dialog label="Find or do" onClose={onClose}>
      <input
        // The dialog was opened to type into it.
        // eslint-disable-next-line jsx-a11y/no-autofocus
        autoFocus
        role="combobox"
        aria-expanded
        aria-controls={list}
        aria-activedescendant={commands[current] ? `${list}-${current}` : undefined}
        aria-label="Find an import, or what to do"
        placeholder="Find an import, or what to do"
        value={text}
        onChange={(event) => {
          setText(event.target.value)
          setChosen(0)
        }}
        onKeyDown={press}
        className="w-full border-b border-line bg-transparent px-4 py-3 outline-none placeholder:text-soft focus-visible:border-accent"
      />
      <ul id={list} role="listbox" aria-label="Commands" className="max-h-[50vh] overflow-y-auto p-1.5 text-sm">
        {commands.length === 0 ? (
          <li role="option" aria-selected={false} className="px-3 py-2 text-soft">
            Nothing fits “{text}”.
          </li>
        ) : null}
        {commands.map((command, index) => (
          // The input has the focus and the keys; the mouse may press here.
          // eslint-disable-next-line jsx-a11y/click-events-have-key-events
          <li
            key={command.key}
            id={`${list}-${index}`}
            role="option"
            aria-selected={index === current}
            aria-disabled={Boolean(command.why) || undefined}
            onClick={() => run(command)}
            onMouseMove={() => setChosen(index)}
            className="flex cursor-pointer items-baseline gap-3 rounded px-3 py-2 aria-disabled:cursor-not-allowed aria-disabled:text-soft aria-selected:bg-well"
          >
            <span className="min-w-0 truncate">{command.text}</span>
            <span className="ml-auto min-w-0 truncate text-xs text-soft">{command.why ?? command.note ?? command.group}</span>
          </li>
        ))}
      </ul>
    </Dialog>
  )
}

function useCommands(text: string): Command[] {
  const wanted = text.trim()
  const search = useDeferredValue(wanted)
  const router = useRouter()
  const dispatch = useAppDispatch()
  const zone = useAppSelector((state) => state.preferences.zone)
  const views = useAppSelector((state) => state.preferences.views)
  const here = useImportCommands()
  const found = useImportsQuery({search, limit: 8, sort: search ? 'name' : 'attention'})
  const places: Command[] = [
    {key: 'imports', group: 'Go to', text: 'All imports', go: () => router.push('/')},
    {key: 'workers', group: 'Go to', text: 'Workers', go: () => router.push(to.pools())},
    {key: 'new', group: 'Go to', text: 'New import', go: () => router.push(to.new())},
    ...views.map((view) => ({
      key: `view-${view.name}`,
      group: 'Saved view',
      text: view.name,
      go: () => router.push(`/?${view.query}`),
    })),
    {key: 'theme', group: 'Setting', text: 'Switch between light and dark', go: flipTheme},
    {
      key: 'zone',
      group: 'Setting',
      text: zone === 'utc' ? 'Show times in local time' : 'Show times in UTC',
      go: () => dispatch(zoneChosen(zone === 'utc' ? 'local' : 'utc')),
    },
  ]
  const fits = (command: Command) => command.text.toLowerCase().includes(wanted.toLowerCase())
  const answered = found.currentData !== undefined && search === wanted
  const imports = (found.data?.items ?? []).map((imp) => ({
    key: `import-${imp.namespace}/${imp.name}`,
    group: 'Import',
    text: `${imp.namespace}/${imp.name}`,
    note: imp.lastRun?.verdict ?? imp.reason,
    go: () => router.push(to.import(imp)),
  }))
  // Until the server has answered, Enter must not take what fitted an earlier text.
  return [...here.filter(fits), ...(answered ? imports : imports.filter(fits)), ...places.filter(fits)]
}

/** What can be done with the import that the page is about. */
function useImportCommands(): Command[] {
  const path = usePathname()
  const params = useSearchParams()
  const router = useRouter()
  const {perform} = useAct()
  const ref = {namespace: params.get('ns') ?? '', name: params.get('name') ?? ''}
  const about = path !== '/' && ref.namespace !== '' && ref.name !== ''
  const {currentData: data} = useImportDetailQuery(ref, {skip: !about})
  if (!about || !data) return []
  const pages: [string, string][] = [
    ['Overview', to.import(ref)],
    ['Records', to.records(ref)],
    ['Rejects', to.rejects(ref)],
    ['Edit the spec', to.edit(ref)],
  ]
  return [
    ...actions
      .filter((action) => action.shown(data))
      .map((action) => ({
        key: `act-${action.id}`,
        group: data.name,
        text: `${action.label}: ${data.name}`,
        why: reasonAgainst(action, data),
        note: action.confirm ? 'Asks first' : undefined,
        question: action.confirm ? {title: action.label, text: action.confirm(data)} : undefined,
        go: () => void perform(action.id, data),
      })),
    ...pages.map(([page, href]) => ({
      key: `page-${page}`,
      group: data.name,
      text: `${data.name}: ${page}`,
      go: () => router.push(href),
    })),
  ]
}

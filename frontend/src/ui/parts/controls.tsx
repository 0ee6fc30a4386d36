'use client'

import {useState, type ButtonHTMLAttributes, type ReactNode, type SelectHTMLAttributes} from 'react'

type Look = 'plain' | 'primary' | 'quiet' | 'danger'

const looks: Record<Look, string> = {
  plain: 'border-line bg-card hover:border-rule',
  primary: 'border-ink bg-ink text-page hover:opacity-85',
  quiet: 'border-transparent text-accent hover:underline',
  danger: 'border-bad text-bad bg-card hover:bg-well',
}

const shape = 'inline-flex min-h-8 w-fit items-center justify-center rounded-md border px-3 text-sm font-medium whitespace-nowrap transition-colors'

/** A link that looks as a button does: it leads to where something is done. */
export const buttonLook = `${shape} ${looks.plain}`

interface ButtonProps extends ButtonHTMLAttributes<HTMLButtonElement> {
  look?: Look
  /** Why it cannot be pressed now: told as its description, and it stays in the tab order. */
  why?: string | null
}

/** Why what was pressed a moment ago cannot be pressed again yet. `disabled` would take the focus away. */
export const UNDER_WAY = 'It is on its way.'

/** A button; one that cannot be pressed can still be reached, and says why. */
export function Button({look = 'plain', why, onClick, className = '', children, ...rest}: ButtonProps) {
  const off = why !== undefined && why !== null
  return (
    <button
      type="button"
      {...rest}
      aria-disabled={off || undefined}
      title={off ? why : rest.title}
      onClick={(event) => {
        if (off) event.preventDefault()
        else onClick?.(event)
      }}
      className={`${shape} disabled:opacity-45 aria-disabled:cursor-not-allowed aria-disabled:border-line aria-disabled:bg-transparent aria-disabled:text-soft aria-disabled:no-underline aria-disabled:opacity-75 ${looks[look]} ${className}`}
    >
      {children}
      {off ? <span className="sr-only">, not now: {why}</span> : null}
    </button>
  )
}

const field = 'min-h-8 rounded-md border border-line bg-card px-2.5 text-sm hover:border-rule'

export function Select({label, children, className = '', ...rest}: SelectHTMLAttributes<HTMLSelectElement> & {label: string}) {
  return (
    <select aria-label={label} className={`${field} ${className}`} {...rest}>
      {children}
    </select>
  )
}

/** A text that is told when typing pauses, so that each letter is no request. */
export function SearchBox({
  value,
  label,
  onSettled,
  id,
  className = '',
}: {
  value: string
  label: string
  onSettled: (text: string) => void
  id?: string
  className?: string
}) {
  const [text, setText] = useState(value)
  const [told, setTold] = useState(value)
  const [timer, setTimer] = useState<ReturnType<typeof setTimeout>>()
  // The address may change by other means: back, a saved view, another filter.
  if (value !== told) {
    setTold(value)
    setText(value)
  }
  const settle = (now: string) => {
    clearTimeout(timer)
    setTold(now)
    onSettled(now)
  }
  return (
    <input
      id={id}
      type="search"
      value={text}
      aria-label={label}
      placeholder={label}
      onChange={(event) => {
        const now = event.target.value
        setText(now)
        clearTimeout(timer)
        setTimer(setTimeout(() => settle(now), 250))
      }}
      onKeyDown={(event) => {
        if (event.key === 'Enter') settle(text)
      }}
      className={`${field} w-full ${className}`}
    />
  )
}

/** A labelled input. */
export function Field({label, hint, children, id}: {label: string; hint?: string; children: ReactNode; id: string}) {
  return (
    <div>
      <label htmlFor={id} className="text-sm font-medium">
        {label}
      </label>
      {hint ? <p className="text-xs text-soft">{hint}</p> : null}
      <div className="mt-1">{children}</div>
    </div>
  )
}

export const fieldClass = `${field} w-full`

/** Some choices of which one holds. */
export function Choice<Value extends string>({
  label,
  value,
  options,
  onChoose,
}: {
  label: string
  value: Value
  options: readonly (readonly [Value, string])[]
  onChoose: (value: Value) => void
}) {
  return (
    <div role="group" aria-label={label} className="inline-flex max-w-full overflow-x-auto rounded-md border border-line bg-card p-0.5">
      {options.map(([each, text]) => (
        <button
          key={each}
          type="button"
          aria-pressed={each === value}
          onClick={() => onChoose(each)}
          className="min-h-7 rounded px-2 text-sm whitespace-nowrap text-soft hover:text-ink sm:px-2.5 aria-pressed:bg-well aria-pressed:font-medium aria-pressed:text-ink dark:aria-pressed:bg-line"
        >
          {text}
        </button>
      ))}
    </div>
  )
}

/** Copies a text, and says that it did. */
export function CopyButton({text, label = 'Copy'}: {text: string; label?: string}) {
  const [state, setState] = useState<'idle' | 'copied' | 'refused'>('idle')
  const copy = async () => {
    try {
      await navigator.clipboard.writeText(text)
      setState('copied')
    } catch {
      setState('refused')
    }
    setTimeout(() => setState('idle'), 2000)
  }
  const words = {idle: label, copied: 'Copied', refused: 'Select and copy by hand'}
  return (
    <Button onClick={() => void copy()}>
      <span aria-live="polite">{words[state]}</span>
    </Button>
  )
}

'use client'

import {useRef} from 'react'
import type {SpecProblem} from '@/types'

/** A text area with line numbers; lines with a problem are marked. Tab leaves it, as anywhere. */
export function Editor({text, onChange, problems}: {text: string; onChange: (text: string) => void; problems: SpecProblem[]}) {
  const gutter = useRef<HTMLDivElement>(null)
  const lines = text.split('\n').length
  const wrong = new Set(problems.map((each) => each.line))
  return (
    <div className="flex h-96 overflow-hidden rounded-md border border-line bg-card font-mono text-xs leading-5 focus-within:border-accent focus-within:outline-1 focus-within:outline-accent">
      <div ref={gutter} aria-hidden className="w-11 shrink-0 overflow-hidden bg-well py-2 text-right text-soft select-none">
        {Array.from({length: lines}, (_, index) => (
          <div key={index} className={`pr-2 ${wrong.has(index + 1) ? 'bg-bad font-bold text-page' : ''}`}>
            {index + 1}
          </div>
        ))}
      </div>
      <textarea
        id="manifest"
        aria-label="YAML of the import"
        aria-describedby="problems"
        aria-invalid={problems.length > 0}
        value={text}
        spellCheck={false}
        autoCapitalize="off"
        wrap="off"
        onChange={(event) => onChange(event.target.value)}
        onScroll={(event) => {
          if (gutter.current) gutter.current.scrollTop = event.currentTarget.scrollTop
        }}
        className="grow resize-none bg-transparent px-3 py-2 outline-none"
      />
    </div>
  )
}

/** Put the caret on a line, where somebody asks to see it. */
export function goToLine(line: number): void {
  const area = document.querySelector<HTMLTextAreaElement>('#manifest')
  if (!area) return
  const before = area.value.split('\n').slice(0, line - 1)
  const start = before.reduce((sum, each) => sum + each.length + 1, 0)
  const end = area.value.indexOf('\n', start)
  area.focus()
  area.setSelectionRange(start, end < 0 ? area.value.length : end)
  area.scrollTop = Math.max(0, (line - 5) * 20)
}

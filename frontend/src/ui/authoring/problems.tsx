import {problemOf} from '@/api/base'
import type {SpecProblem} from '@/types'
import {Badge} from '@/ui/parts/badge'
import {goToLine} from './editor'

/** What is wrong, with the line to go to. */
export function Problems({problems, error, checking}: {problems: SpecProblem[]; error: unknown; checking: boolean}) {
  return (
    <div id="problems" aria-live="polite" className="mt-2 min-h-6 text-sm">
      {error ? (
        <p className="text-bad">{problemOf(error).detail}</p>
      ) : problems.length > 0 ? (
        <ul className="space-y-1">
          {problems.map((problem, index) => (
            <li key={index} className="flex flex-wrap gap-x-2">
              {problem.line === null ? null : (
                <button type="button" onClick={() => goToLine(problem.line ?? 1)} className="font-medium text-accent hover:underline">
                  Line {problem.line}
                </button>
              )}
              <code className="[overflow-wrap:anywhere] text-soft">{problem.path}</code>
              <span className="[overflow-wrap:anywhere] text-bad">{problem.message}</span>
            </li>
          ))}
        </ul>
      ) : checking ? (
        <span className="text-soft">Checking …</span>
      ) : (
        <Badge text="Complete" as="Valid: schema, rules and mapping" />
      )}
    </div>
  )
}

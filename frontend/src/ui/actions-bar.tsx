'use client'

import {actions} from '@/actions'
import {problemOf, useActMutation} from '@/api'
import type {ImportSummary} from '@/types'

/** What can be done with an import; what cannot says why. */
export function ActionsBar({imp}: {imp: ImportSummary}) {
  const [act, {error, isLoading}] = useActMutation()
  return (
    <div className="flex flex-wrap items-center gap-2">
      {actions.map((action) => {
        const why = action.disabled(imp)
        return (
          <button
            key={action.id}
            type="button"
            aria-disabled={why !== null || isLoading}
            title={why ?? `Needs the verb ${action.permission} on jobimports`}
            onClick={() => {
              if (why === null && !isLoading) {
                void act({namespace: imp.namespace, name: imp.name, action: action.id})
              }
            }}
            className="rounded border border-line bg-card px-3 py-1 text-sm font-medium hover:border-accent aria-disabled:cursor-not-allowed aria-disabled:opacity-50 aria-disabled:hover:border-line"
          >
            {action.label}
          </button>
        )
      })}
      {error ? (
        <span role="alert" className="text-sm text-bad">
          {problemOf(error).detail}
        </span>
      ) : null}
    </div>
  )
}

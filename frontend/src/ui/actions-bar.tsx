'use client'

import {useState} from 'react'
import {actions, reasonAgainst, type Action, type Offered} from '@/actions'
import {Button} from './parts/controls'
import {Dialog} from './parts/dialog'
import {useAct} from './use-act'

/** What can be done with an import; what cannot says why. */
export function ActionsBar({imp, only}: {imp: Offered; only?: Action['id'][]}) {
  const {perform, busy} = useAct()
  const [asking, setAsking] = useState<Action | null>(null)
  const offered = actions.filter((action) => action.shown(imp) && (!only || only.includes(action.id)))
  return (
    <div role="group" aria-label={`Actions on ${imp.name}`} className="flex flex-wrap items-center gap-2">
      {offered.map((action) => (
        <Button
          key={action.id}
          look={action.id === 'runs' && !only ? 'primary' : 'plain'}
          why={reasonAgainst(action, imp)}
          disabled={busy}
          title={action.does}
          onClick={() => (action.confirm ? setAsking(action) : void perform(action.id, imp))}
        >
          {action.label}
        </Button>
      ))}
      {asking ? (
        <Dialog label={asking.label} onClose={() => setAsking(null)}>
          <div className="p-5">
            <h2 className="font-serif text-lg font-semibold">{asking.label}</h2>
            <p className="mt-2 text-sm">{asking.confirm?.(imp)}</p>
            <div className="mt-5 flex justify-end gap-2">
              <Button onClick={() => setAsking(null)}>Leave it</Button>
              <Button
                look="danger"
                onClick={() => {
                  setAsking(null)
                  void perform(asking.id, imp)
                }}
              >
                {asking.label}
              </Button>
            </div>
          </div>
        </Dialog>
      ) : null}
    </div>
  )
}

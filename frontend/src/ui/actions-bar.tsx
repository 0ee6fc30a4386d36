'use client'

import {useState} from 'react'
import {actions, reasonAgainst, type Action, type ActionId, type Offered} from '@/actions'
import {Button} from './parts/controls'
import {Dialog} from './parts/dialog'
import {Question} from './parts/question'
import {useAct} from './use-act'

const REPLAYING = 'A replay is on its way.'

/** What can be done with an import; what cannot says why. */
export function ActionsBar({imp, only, without}: {imp: Offered; only?: ActionId[]; without?: ActionId}) {
  const {perform, busy, replaying} = useAct()
  const [asking, setAsking] = useState<Action | null>(null)
  const offered = actions.filter(({id, shown}) => shown(imp) && id !== without && (!only || only.includes(id)))
  const against = (action: Action) => (action.id === 'replay' && replaying !== 'idle' ? REPLAYING : reasonAgainst(action, imp))
  return (
    <div role="group" aria-label={`Actions on ${imp.name}`} className="flex flex-wrap items-center gap-2">
      {offered.map((action) => (
        <Button
          key={action.id}
          look={action.id === 'runs' && !only ? 'primary' : 'plain'}
          why={against(action)}
          disabled={busy}
          title={action.does}
          onClick={() => (action.confirm ? setAsking(action) : void perform(action.id, imp))}
        >
          {action.label}
        </Button>
      ))}
      {asking ? (
        <Dialog label={asking.label} onClose={() => setAsking(null)}>
          <Question
            title={asking.label}
            text={asking.confirm?.(imp) ?? ''}
            onNo={() => setAsking(null)}
            onYes={() => {
              setAsking(null)
              void perform(asking.id, imp)
            }}
          />
        </Dialog>
      ) : null}
    </div>
  )
}

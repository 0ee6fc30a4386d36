'use client'

import {useState} from 'react'
import {actions, reasonAgainst, type Action, type ActionId, type Offered} from '@/actions'
import {Button, UNDER_WAY} from './parts/controls'
import {Dialog} from './parts/dialog'
import {Question} from './parts/question'
import {useAct} from './use-act'

const REPLAYING = 'A replay is on its way.'

/** One button for both, so that it keeps the focus when one becomes the other. */
const placeOf = (id: ActionId) => (id === 'resume' ? 'suspend' : id)

/** What can be done with an import; what cannot says why. */
export function ActionsBar({imp, only, without}: {imp: Offered; only?: ActionId[]; without?: ActionId}) {
  const {perform, busy, replaying} = useAct()
  const [asking, setAsking] = useState<Action | null>(null)
  const offered = actions.filter(({id, shown}) => shown(imp) && id !== without && (!only || only.includes(id)))
  const against = (action: Action) => {
    if (busy) return UNDER_WAY
    return action.id === 'replay' && replaying !== 'idle' ? REPLAYING : reasonAgainst(action, imp)
  }
  return (
    <div role="group" aria-label={`Actions on ${imp.name}`} className="flex flex-wrap items-center gap-2">
      {offered.map((action) => (
        <Button
          key={placeOf(action.id)}
          look={action.id === 'runs' && !only ? 'primary' : 'plain'}
          why={against(action)}
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

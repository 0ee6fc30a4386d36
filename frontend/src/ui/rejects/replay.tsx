'use client'

import {actionOf, reasonAgainst} from '@/actions'
import {problemOf, type ImportRef} from '@/api/base'
import {downloadRejects} from '@/api/records'
import {noticed} from '@/notices'
import {useAppDispatch} from '@/store'
import {useImport} from '@/ui/import/import-head'
import {Button, UNDER_WAY} from '@/ui/parts/controls'
import {useAct} from '@/ui/use-act'
import type {Step} from '@/ui/use-replay'

const words: Partial<Record<Step, string>> = {waiting: 'Waiting for a worker …', working: 'Replaying …'}

/** Map the kept raw records anew after a fix, without fetching; or take them away as a file. */
export function Replay({reference, reason, run}: {reference: ImportRef; reason: string; run: string}) {
  const dispatch = useAppDispatch()
  const {imp} = useImport(reference)
  const {perform, replaying} = useAct()
  const action = actionOf('replay')
  return (
    <>
      <Button
        onClick={() =>
          void downloadRejects(reference, reason).catch((error: unknown) =>
            dispatch(noticed(problemOf(error).detail, 'failed')),
          )
        }
      >
        Download
      </Button>
      <Button
        look="primary"
        why={words[replaying] ? UNDER_WAY : imp ? reasonAgainst(action, imp) : null}
        title={action.does}
        onClick={() => void perform('replay', reference, {reason, run})}
      >
        {words[replaying] ?? (reason || run ? 'Replay these' : 'Replay all')}
      </Button>
    </>
  )
}

'use client'

import {useState} from 'react'
import {api, problemOf, type ImportRef} from '@/api/base'
import {downloadRejects, recordEndpoints, useReplayMutation} from '@/api/records'
import {noticed} from '@/notices'
import {useAppDispatch} from '@/store'
import type {OneOff, ReplayResult} from '@/types'
import {useImport} from '@/ui/import/import-head'
import {Button} from '@/ui/parts/controls'

const POLL_MS = 500

type Step = 'idle' | OneOff<unknown>['state']

const words: Partial<Record<Step, string>> = {waiting: 'Waiting for a worker …', working: 'Replaying …'}

/** Map the kept raw records anew after a fix, without fetching; or take them away as a file. */
export function Replay({reference, reason, run}: {reference: ImportRef; reason: string; run: string}) {
  const dispatch = useAppDispatch()
  const {imp} = useImport(reference)
  const {replay, step} = useReplay(reference)
  const may = imp?.permissions?.patch ?? true
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
        disabled={words[step] !== undefined}
        why={may ? null : 'You may see this import, but not change it: it needs the verb patch on jobimports.'}
        title="Map the kept records again with the present mapping; nothing is fetched."
        onClick={() => void replay(reason, run)}
      >
        {words[step] ?? (reason || run ? 'Replay these' : 'Replay all')}
      </Button>
    </>
  )
}

/** Ask for a replay, wait for its worker, and say what came of it. */
function useReplay(reference: ImportRef) {
  const dispatch = useAppDispatch()
  const [ask] = useReplayMutation()
  const [step, setStep] = useState<Step>('idle')
  const answerOf = async (task: string): Promise<ReplayResult> => {
    for (;;) {
      const query = recordEndpoints.task.initiate({...reference, task}, {forceRefetch: true, subscribe: false})
      const answer = await dispatch(query).unwrap()
      setStep(answer.state)
      if (answer.state === 'done' && answer.result) return answer.result
      if (answer.state === 'failed') throw {data: {detail: answer.error ?? 'The replay failed.'}}
      await new Promise((resume) => setTimeout(resume, POLL_MS))
    }
  }
  const replay = async (reason: string, run: string) => {
    setStep('waiting')
    try {
      const {task} = await ask({...reference, reason, run}).unwrap()
      const result = await answerOf(task)
      dispatch(noticed(result.message || `${result.replayed} replayed, ${result.rejectedAgain} rejected again.`))
    } catch (error) {
      dispatch(noticed(problemOf(error).detail, 'failed'))
    }
    setStep('idle')
    dispatch(api.util.invalidateTags(['Rejects', 'Records', 'Import']))
  }
  return {replay, step}
}

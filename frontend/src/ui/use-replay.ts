'use client'

import {useCallback, useState} from 'react'
import {api, problemOf, type ImportRef} from '@/api/base'
import {recordEndpoints, useReplayMutation} from '@/api/records'
import {noticed} from '@/notices'
import {useAppDispatch, type AppStore} from '@/store'
import type {OneOff, ReplayResult} from '@/types'

const POLL_MS = 500

/** Which rejects are meant; all of the import where neither is given. */
export interface Which {
  reason?: string
  run?: string
}

export type Step = 'idle' | OneOff<unknown>['state']

/** Ask for a replay, wait for its worker, and say what came of it. */
export function useReplay() {
  const dispatch = useAppDispatch()
  const [ask] = useReplayMutation()
  const [step, setStep] = useState<Step>('idle')
  const replay = useCallback(
    async ({namespace, name}: ImportRef, {reason, run}: Which) => {
      const ref = {namespace, name}
      setStep('waiting')
      try {
        const {task} = await ask({...ref, reason, run}).unwrap()
        const result = await answerOf(dispatch, {...ref, task}, setStep)
        const said = result.message || `${result.replayed} replayed, ${result.rejectedAgain} rejected again.`
        dispatch(noticed(`${name}: ${said}`))
      } catch (error) {
        dispatch(noticed(`${name}: ${problemOf(error).detail}`, 'failed'))
      }
      setStep('idle')
      dispatch(api.util.invalidateTags(['Rejects', 'Records', 'Import']))
    },
    [ask, dispatch],
  )
  return {replay, step}
}

async function answerOf(dispatch: AppStore['dispatch'], task: ImportRef & {task: string}, told: (step: Step) => void): Promise<ReplayResult> {
  for (;;) {
    const answer = await dispatch(recordEndpoints.task.initiate(task, {forceRefetch: true, subscribe: false})).unwrap()
    told(answer.state)
    if (answer.state === 'done' && answer.result) return answer.result
    if (answer.state === 'failed') throw {data: {detail: answer.error ?? 'The replay failed.'}}
    await new Promise((resume) => setTimeout(resume, POLL_MS))
  }
}

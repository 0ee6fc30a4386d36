'use client'

import {useCallback} from 'react'
import type {ActionId, Offered} from '@/actions'
import {problemOf} from '@/api/base'
import {useActMutation, type RequestId} from '@/api/imports'
import {noticed} from '@/notices'
import {useAppDispatch} from '@/store'
import {useReplay, type Which} from './use-replay'

const told: Record<RequestId, string> = {
  runs: 'A run was asked for',
  retry: 'A retry of what failed was asked for',
  cancel: 'Cancelling was asked for',
  suspend: 'Suspended',
  resume: 'Resumed',
  'approve-close': 'Closing was approved; the source is walked again first',
}

/** What an action is about, where that is less than the whole import. */
export interface Part extends Which {
  partition?: string
}

/** Carries an action out, and says how that went. */
export function useAct() {
  const dispatch = useAppDispatch()
  const [act, {isLoading}] = useActMutation()
  const {replay, step} = useReplay()
  const perform = useCallback(
    async (action: ActionId, imp: Pick<Offered, 'namespace' | 'name'>, part: Part = {}) => {
      if (action === 'replay') return replay(imp, part)
      const {partition} = part
      try {
        await act({namespace: imp.namespace, name: imp.name, action, partition}).unwrap()
        dispatch(noticed(`${imp.name}: ${partition ? `${told[action]}, of ${partition} alone` : told[action]}.`))
      } catch (error) {
        dispatch(noticed(`${imp.name}: ${problemOf(error).detail}`, 'failed'))
      }
    },
    [act, replay, dispatch],
  )
  return {perform, busy: isLoading, replaying: step}
}

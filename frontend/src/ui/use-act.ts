'use client'

import {useCallback} from 'react'
import type {Action, Offered} from '@/actions'
import {problemOf} from '@/api/base'
import {useActMutation} from '@/api/imports'
import {noticed} from '@/notices'
import {useAppDispatch} from '@/store'

const told: Record<Action['id'], string> = {
  runs: 'A run was asked for',
  retry: 'A retry of what failed was asked for',
  cancel: 'Cancelling was asked for',
  suspend: 'Suspended',
  resume: 'Resumed',
  'approve-close': 'Closing was approved; the source is walked again first',
}

/** Carries an action out, and says how that went. */
export function useAct() {
  const dispatch = useAppDispatch()
  const [act, {isLoading}] = useActMutation()
  const perform = useCallback(
    async (action: Action['id'], imp: Pick<Offered, 'namespace' | 'name'>, partition?: string) => {
      try {
        await act({namespace: imp.namespace, name: imp.name, action, partition}).unwrap()
        dispatch(noticed(`${imp.name}: ${partition ? `${told[action]}, of ${partition} alone` : told[action]}.`))
      } catch (error) {
        dispatch(noticed(`${imp.name}: ${problemOf(error).detail}`, 'failed'))
      }
    },
    [act, dispatch],
  )
  return {perform, busy: isLoading}
}

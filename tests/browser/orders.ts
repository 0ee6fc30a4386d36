/** Orders to the stack: run an import, change the board, kill the gateway. */
import {inject} from 'vitest'

export type Order =
  | {do: 'run'; import: string}
  | {do: 'change'; feed: string; numbers?: number[]; remove?: number[]; mend?: boolean}
  | {do: 'hold' | 'release' | 'kill-gateway' | 'start-gateway'}
  | {do: 'ended'; import: string}
  | {do: 'cut' | 'join'; store: 'redis' | 'mongodb'}
  | {do: 'read'; file: string}

/** Carry an order out; gives what it answers, as the verdict of a run. */
export async function order(what: Order, address = inject('orders')): Promise<string> {
  const response = await fetch(address, {method: 'POST', body: JSON.stringify(what)})
  const answer = (await response.json()) as {done?: string; failed?: string}
  if (answer.failed !== undefined) throw new Error(`${what.do}: ${answer.failed}`)
  return answer.done ?? ''
}

/** Orders to the stack: run an import, change the board, kill the gateway. */
import {inject} from 'vitest'

export type Order =
  | {do: 'run'; import: string}
  | {do: 'change'; feed: string; numbers?: number[]; remove?: number[]; mend?: boolean}
  | {do: 'hold' | 'release' | 'kill-gateway' | 'start-gateway'}
  | {do: 'ended'; import: string}
  | {do: 'cut' | 'join'; store: 'redis' | 'mongodb'}
  | {do: 'read'; file: string}

/** Orders to the stack of the log-in tests. */
export type ClusterOrder =
  | {do: 'user'; name: string; verbs?: string; namespaces?: string[]}
  | {do: 'kubectl'; arguments: string[]}
  | {do: 'status'; run: string; partitions: Record<string, string>}
  | {do: 'gateway-log'}
  | {do: 'asked'; import: string}
  | {do: 'issue'; seconds: number}

/** Carry an order out; gives what it answers, as the verdict of a run. */
export async function order<Answer = string>(what: Order | ClusterOrder, address = inject('orders')): Promise<Answer> {
  const response = await fetch(address, {method: 'POST', body: JSON.stringify(what)})
  const answer = (await response.json()) as {done?: Answer; failed?: string}
  if (answer.failed !== undefined) throw new Error(`${what.do}: ${answer.failed}`)
  return (answer.done ?? '') as Answer
}

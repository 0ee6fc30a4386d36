/** The cluster, the gateways and the proxies that the log-in tests share. */
import {readFileSync} from 'node:fs'
import type {TestProject} from 'vitest/node'
import {startStack} from '../stage'

export interface Where {
  /** Both gateways behind a plain balancer. */
  url: string
  orders: string
  /** The gateways themselves, with commas between. */
  gateways: string
  /** oauth2-proxy that passes tokens on as long as its cookie holds. */
  passing: string
  /** One that has tokens renewed before they expire. */
  refreshing: string
}

declare module 'vitest' {
  export interface ProvidedContext {
    where: Where
  }
}

/** STACK may name a file with what a stack that runs already has said, while one works on a test. */
export default async function setup(project: TestProject): Promise<() => Promise<void>> {
  const running = process.env.STACK
  const {stop, ...where} = running
    ? {...(JSON.parse(readFileSync(running, 'utf8')) as Where), stop: () => Promise.resolve()}
    : await startStack<Where>('browser.login.stack')
  project.provide('where', where)
  project.provide('orders', where.orders)
  return stop
}

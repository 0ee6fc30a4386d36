/** The stack and the browser that all tests of a run share. */
import {spawn} from 'node:child_process'
import path from 'node:path'
import {createInterface} from 'node:readline'
import type {TestProject} from 'vitest/node'

export interface Addresses {
  url: string
  orders: string
}

declare module 'vitest' {
  export interface ProvidedContext {
    url: string
    orders: string
  }
}

const ROOT = path.resolve(import.meta.dirname, '../..')
const READY_MS = 480_000

/** Start a stack, which is a Python module; gives its addresses and what ends it. */
export async function startStack<Where = Addresses>(module = 'browser.stack'): Promise<Where & {stop: () => Promise<void>}> {
  const python = path.join(ROOT, '.venv/bin/python')
  const stack = spawn(python, ['-m', module], {
    cwd: ROOT,
    env: {...process.env, PYTHONPATH: path.join(ROOT, 'tests')},
    stdio: ['pipe', 'pipe', 'inherit'],
  })
  const ended = new Promise<void>((resolve) => stack.once('exit', () => resolve()))
  const stop = async () => {
    stack.stdin.end()
    await ended
  }
  const first = new Promise<string>((resolve, reject) => {
    createInterface({input: stack.stdout}).once('line', resolve)
    stack.once('exit', (status) => reject(new Error(`the stack ended with status ${status} before it was ready`)))
    setTimeout(() => reject(new Error(`the stack was not ready after ${READY_MS / 1000} s`)), READY_MS).unref()
  })
  try {
    return {...(JSON.parse(await first) as Where), stop}
  } catch (error) {
    await stop()
    throw error
  }
}

/** A stack that runs already, named as URL,ORDERS in STACK, saves the start while one works on a test. */
function runningStack(): (Addresses & {stop: () => Promise<void>}) | null {
  const [url, orders] = (process.env.STACK ?? '').split(',')
  return url && orders ? {url, orders, stop: () => Promise.resolve()} : null
}

export default async function setup(project: TestProject): Promise<() => Promise<void>> {
  const {url, orders, stop} = runningStack() ?? (await startStack())
  project.provide('url', url)
  project.provide('orders', orders)
  return stop
}

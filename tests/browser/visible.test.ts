/** How soon a change made elsewhere is on the screen, whether it comes by the socket or is read by REST. */
import {afterAll, beforeAll, expect, inject, it} from 'vitest'
import type {Browser, Page} from 'playwright-core'
import {launch, newContext} from './browser'
import {order} from './orders'
import {latestRun, open} from './pages'

const url = inject('url')
const MEDIAN_MS = 500
let browser: Browser

beforeAll(async () => {
  browser = await launch()
})
afterAll(() => browser.close())

/** Prints and gives the median. */
function median(what: string, delays: number[]): number {
  const sorted = [...delays].sort((left, right) => left - right)
  const at = (share: number) => sorted[Math.min(sorted.length - 1, Math.ceil(share * sorted.length) - 1)] ?? NaN
  console.log(`${what}: p50 ${at(0.5)} ms, p95 ${at(0.95)} ms (${sorted.join(', ')})`)
  return at(0.5)
}

const settle = (page: Page) => page.waitForTimeout(100 + Math.random() * 900)

it('an import suspended and resumed elsewhere is seen within half a second at the median of ten', async () => {
  const context = await newContext(browser, url)
  const page = await open(context, {path: '/import/?ns=default&name=northwind', ready: 'figure'})
  // What is pushed, and what only REST says: the spec at the foot of the page.
  const pushed: number[] = []
  const read: number[] = []
  const spec = page.getByRole('region', {name: 'Spec as written'})
  for (let round = 0; round < 10; round += 1) {
    const [action, button, suspended] = round % 2 === 0 ? (['suspend', 'Resume', 1] as const) : (['resume', 'Suspend', 0] as const)
    const asked = Date.now()
    const answer = await fetch(`${url}/api/v1/imports/default/northwind/${action}`, {method: 'POST'})
    expect(answer.status).toBe(202)
    await Promise.all([
      page.getByRole('button', {name: button, exact: true}).waitFor().then(() => pushed.push(Date.now() - asked)),
      spec.filter({[suspended ? 'hasText' : 'hasNotText']: 'suspend: true'}).waitFor().then(() => read.push(Date.now() - asked)),
    ])
    await settle(page)
  }
  expect(median('suspended or resumed elsewhere, by the socket', pushed)).toBeLessThan(MEDIAN_MS)
  expect(median('suspended or resumed elsewhere, by REST', read)).toBeLessThan(MEDIAN_MS)
  await context.close()
})

it('the end of a run and the event of it are seen within half a second of their being stored, at the median of seven', async () => {
  const context = await newContext(browser, url)
  const page = await open(context, {path: '/import/?ns=default&name=village-board', ready: 'figure'})
  const table = page.getByRole('region', {name: 'Runs', exact: true}).locator('table')
  const events = page.getByRole('region', {name: 'Events', exact: true})
  const delays: number[] = []
  const noted: number[] = []
  for (let round = 0; round < 7; round += 1) {
    const before = await latestRun(url, 'village-board')
    await order({do: 'change', feed: 'village-board', numbers: [round]})
    await fetch(`${url}/api/v1/imports/default/village-board/runs`, {method: 'POST'})
    const [run, stored] = await endedRun(before)
    const note = `Run ${run}: `
    await Promise.all([
      table.locator(`tr:has(a[href*="${run}"])`).getByText(/Complete|Unchanged/).waitFor().then(() => delays.push(Math.max(0, Date.now() - stored))),
      Promise.all([notedAt(note), events.getByText(note).waitFor().then(() => Date.now())]).then(([at, seen]) => noted.push(Math.max(0, seen - at))),
    ])
    await settle(page)
  }
  expect(median('a run that ended, read by REST', delays)).toBeLessThan(MEDIAN_MS)
  expect(median('an event of a run that ended', noted)).toBeLessThan(MEDIAN_MS)
  await context.close()
})

/** Wait until REST says that the run after this one has ended; gives its id, and when that was. */
async function endedRun(before: string): Promise<[id: string, at: number]> {
  for (;;) {
    const answer = await fetch(`${url}/api/v1/imports/default/village-board/runs?limit=1`)
    const [newest] = ((await answer.json()) as {items: {id: string; verdict: string | null}[]}).items
    if (newest && newest.id !== before && newest.verdict !== null) return [newest.id, Date.now()]
    await new Promise((resume) => setTimeout(resume, 20))
  }
}

/** Wait until REST has an event with this text; gives when that was. */
async function notedAt(text: string): Promise<number> {
  for (;;) {
    const answer = await fetch(`${url}/api/v1/imports/default/village-board/events`)
    const {items} = (await answer.json()) as {items: {message: string}[]}
    if (items.some(({message}) => message.startsWith(text))) return Date.now()
    await new Promise((resume) => setTimeout(resume, 20))
  }
}

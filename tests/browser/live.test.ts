/** What a page shows while the connection comes and goes. */
import {afterAll, beforeAll, describe, expect, inject, it} from 'vitest'
import type {Browser, Page} from 'playwright-core'
import {launch, newContext} from './browser'
import {order} from './orders'
import {open} from './pages'

const url = inject('url')
const CONVERGED_MS = 5_000
const SETTLED_MS = 2_000
let browser: Browser

beforeAll(async () => {
  browser = await launch()
})
afterAll(() => browser.close())

/** Note each value that the page's one progress bar of harbour shows. */
const watchProgress = (page: Page, bar: string) =>
  page.evaluate((selector) => {
    const seen: number[] = []
    Object.assign(window, {seen})
    setInterval(() => {
      const value = document.querySelector(selector)?.getAttribute('aria-valuenow')
      if (value !== null && value !== undefined && Number(value) !== seen.at(-1)) seen.push(Number(value))
    }, 20)
  }, bar)

const about = 'ns=default&name=harbour'
const ended = /Complete|Unchanged/

/** The pages that show a run of harbour, each with its bar and with what it says once the run has ended. */
const views = (run: string) => [
  {path: '/', ready: 'tr[data-import=harbour]', bar: 'tr[data-import=harbour] [role=progressbar]', end: 'tr[data-import=harbour] td:nth-child(2)'},
  {path: `/import/?${about}`, ready: 'figure', bar: 'main [role=progressbar]', end: `main tbody tr:has(a[href*="${run}"]) td:nth-child(2)`},
  {path: `/run/?${about}&id=${run}`, ready: '[role=log]', bar: 'main [role=progressbar]', end: 'main h1 + span'},
]

async function begun(): Promise<string> {
  await fetch(`${url}/api/v1/imports/default/harbour/runs`, {method: 'POST'})
  const running = async () => {
    const answer = await fetch(`${url}/api/v1/imports/default/harbour`)
    return ((await answer.json()) as {currentRun: {id: string} | null}).currentRun?.id ?? null
  }
  await expect.poll(running, {timeout: 30_000}).not.toBeNull()
  return (await running()) ?? ''
}

describe('when the gateway is killed', () => {
  it('overview, import and run say so, show what is so within 5 seconds of its return, and progress never goes back', async () => {
    const context = await newContext(browser, url)
    await order({do: 'hold'})
    const run = await begun()
    const shown = await Promise.all(views(run).map(async (view) => ({...view, page: await open(context, view)})))
    for (const {page, bar} of shown) {
      await watchProgress(page, bar)
      await page.getByText('3 of 15 pages').first().waitFor()
    }
    await order({do: 'kill-gateway'})
    for (const {page} of shown) {
      await page.getByText('The gateway cannot be reached').waitFor()
      await page.getByText(/What you see is from \d\d:\d\d:\d\d/).waitFor()
      await page.getByText('3 of 15 pages').first().waitFor()
    }
    await order({do: 'release'})
    await order({do: 'ended', import: 'harbour'})
    // By now the operator has put it into the status: nothing happens any more that the pages would be told.
    await new Promise((resume) => setTimeout(resume, SETTLED_MS))
    await order({do: 'start-gateway'})
    const back = Date.now()
    await Promise.all(
      shown.map(async ({page, bar, end}) => {
        await page.locator('[data-connection=live]').waitFor()
        await page.locator(end).filter({hasText: ended}).first().waitFor()
        await page.locator(bar).waitFor({state: 'detached'})
        expect(await page.getByText('The gateway cannot be reached').count()).toBe(0)
      }),
    )
    const took = Date.now() - back
    console.log(`overview, import and run were up to date ${took} ms after the gateway was ready again`)
    expect(took).toBeLessThan(CONVERGED_MS)
    for (const {page} of shown) {
      const seen = await page.evaluate(() => (window as unknown as {seen: number[]}).seen)
      expect(seen).toEqual([...seen].sort((one, other) => one - other))
      expect(seen.length).toBeGreaterThan(0)
    }
    await context.close()
  })
})

describe('where WebSockets cannot pass', () => {
  it('the page polls, says so, and shows what is new', async () => {
    const context = await newContext(browser, url)
    const page = await context.newPage()
    await page.routeWebSocket(/socket\.io/, (socket) => void socket.close())
    await page.goto('/')
    await page.locator('[data-connection=polling]').waitFor()
    await page.getByText('asks every three seconds').waitFor()
    await order({do: 'change', feed: 'village-board', numbers: [1, 2, 3]})
    await order({do: 'run', import: 'village-board'})
    await page.locator('tr[data-import=village-board]').getByText(/60 records seen/).waitFor()
    await context.close()
  })
})

/** Pages fill without jumping: what was read or aimed at stays where it is while the rest comes in. */
import {afterAll, beforeAll, expect, inject, it} from 'vitest'
import type {Browser, Page} from 'playwright-core'
import {launch, newContext} from './browser'
import {latestRun, open, somePosting} from './pages'
import {places} from './places'

const url = inject('url')
/** Cumulative layout shift; up to 0.1 counts as good (https://web.dev/articles/cls). */
const MOST = 0.1
const QUIET_MS = 700
let browser: Browser

beforeAll(async () => {
  browser = await launch()
})
afterAll(() => browser.close())

/** Note in a page, from its beginning, what moves without anybody having pressed or typed. */
function observe() {
  const noted = {total: 0, last: 0, what: [] as string[]}
  Object.assign(window, {noted})
  const name = (node: Node | null) => (node instanceof Element ? `${node.tagName.toLowerCase()}.${node.className}`.slice(0, 60) : String(node?.nodeName))
  new PerformanceObserver((list) => {
    for (const entry of list.getEntries() as (PerformanceEntry & {value: number; hadRecentInput: boolean; sources: {node: Node | null}[]})[]) {
      if (entry.hadRecentInput) continue
      noted.total += entry.value
      noted.last = performance.now()
      noted.what.push(`${entry.value.toFixed(3)} at ${Math.round(entry.startTime)} ms: ${entry.sources.map(({node}) => name(node)).join(', ')}`)
    }
  }).observe({type: 'layout-shift', buffered: true})
}

const settled = (page: Page) =>
  page.waitForFunction((quiet) => performance.now() - (window as unknown as {noted: {last: number}}).noted.last > quiet, QUIET_MS)

for (const phone of [false, true]) {
  it(`no page jumps while it fills, on a ${phone ? 'phone' : 'desk'}`, async () => {
    const context = await newContext(browser, url, {phone})
    await context.addInitScript(observe)
    const jumpy: Record<string, string[]> = {}
    for (const place of places(await latestRun(url, 'lakeside'), await somePosting(url, 'northwind'))) {
      if (place.prepare === 'palette') continue
      const page = await open(context, {path: place.path, ready: place.ready})
      await settled(page)
      const {total, what} = await page.evaluate(() => (window as unknown as {noted: {total: number; what: string[]}}).noted)
      if (total > MOST) jumpy[place.name] = [total.toFixed(3), ...what]
      await page.close()
    }
    expect(jumpy).toEqual({})
    await context.close()
  })
}

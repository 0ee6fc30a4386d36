/** Every page for everybody: no violation that axe finds, in light, dark and phone width. */
import {readFileSync} from 'node:fs'
import path from 'node:path'
import {afterAll, beforeAll, expect, inject, it} from 'vitest'
import type {AxeResults} from 'axe-core'
import type {Browser, Page} from 'playwright-core'
import {launch, newContext, PHONE} from './browser'
import {latestRun, open, somePosting} from './pages'
import {places} from './places'

const AXE = readFileSync(path.resolve(import.meta.dirname, '../../frontend/node_modules/axe-core/axe.min.js'), 'utf8')
const url = inject('url')
let browser: Browser

beforeAll(async () => {
  browser = await launch()
})
afterAll(() => browser.close())

/** What axe finds, by all its rules or by some of them. */
async function violations(page: Page, rules: string[] = []): Promise<string[]> {
  const found = await page.evaluate((only) => {
    const {axe} = window as unknown as {axe: {run: (options: object) => Promise<AxeResults>}}
    return axe.run(only.length > 0 ? {runOnly: only} : {})
  }, rules)
  return found.violations.flatMap(({id, nodes}) => nodes.map((node) => `${id}: ${node.html.slice(0, 160)}`))
}

/** Nothing is wider than the screen but what scrolls by itself. */
const overflow = (page: Page) =>
  page.evaluate(() => document.documentElement.scrollWidth - document.documentElement.clientWidth)

it('axe finds nothing on any page in light, dark and phone width', async () => {
  const context = await newContext(browser, url, {reducedMotion: true})
  const found: Record<string, string[]> = {}
  for (const place of places(await latestRun(url, 'lakeside'), await somePosting(url, 'northwind'))) {
    const page = await open(context, place)
    await page.evaluate(AXE)
    const note = async (how: string, rules?: string[]) => {
      const wrong = await violations(page, rules)
      if (wrong.length > 0) found[`${place.name} ${how}`] = wrong
    }
    await note('light')
    await page.evaluate(() => (document.documentElement.dataset.theme = 'dark'))
    // The theme changes colours and nothing else.
    await note('dark', ['color-contrast'])
    await page.setViewportSize(PHONE)
    await note('phone')
    expect(await overflow(page), `${place.name} is wider than a phone`).toBeLessThanOrEqual(0)
    await page.close()
  }
  expect(found).toEqual({})
  await context.close()
}, 480_000)

it('nothing moves where somebody asked for less motion', async () => {
  const context = await newContext(browser, url, {reducedMotion: true})
  const page = await open(context, {path: '/', ready: 'tr[data-import=northwind]'})
  const moving = await page.evaluate(() => document.getAnimations().filter((each) => each.effect?.getComputedTiming().duration).length)
  expect(moving).toBe(0)
  await context.close()
})

it('times are shown in the zone of the reader, or in UTC, and kept so', async () => {
  const context = await newContext(browser, url, {zone: 'Asia/Kolkata'})
  const page = await open(context, {path: '/import/?ns=default&name=northwind', ready: 'figure'})
  const shown = page.getByRole('region', {name: 'Runs', exact: true}).locator('tbody time').first()
  const local = await shown.textContent()
  await page.getByRole('button', {name: /Times shown in/}).click()
  const utc = await shown.textContent()
  const hours = (Date.parse(`${local}Z`) - Date.parse(`${utc}Z`)) / 3_600_000
  expect(hours).toBe(5.5)
  await page.reload()
  await page.getByRole('button', {name: /Times shown in UTC/}).waitFor()
  await context.close()
})

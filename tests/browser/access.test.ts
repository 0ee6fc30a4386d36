/** Every page for everybody: no violation that axe finds, in light, dark and phone width. */
import {afterAll, beforeAll, expect, inject, it} from 'vitest'
import type {Browser} from 'playwright-core'
import {faultsOf} from './axe'
import {launch, newContext} from './browser'
import {latestRun, open, somePosting} from './pages'
import {places} from './places'

const url = inject('url')
let browser: Browser

beforeAll(async () => {
  browser = await launch()
})
afterAll(() => browser.close())

it('axe finds nothing on any page in light, dark and phone width', async () => {
  const context = await newContext(browser, url, {reducedMotion: true})
  const found: Record<string, string[]> = {}
  for (const place of places(await latestRun(url, 'lakeside'), await somePosting(url, 'northwind'))) {
    const page = await open(context, place)
    Object.assign(found, await faultsOf(page, place.name))
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

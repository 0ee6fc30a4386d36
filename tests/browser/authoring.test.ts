/** From nothing to an import that runs, and its mending, in the browser. */
import {afterAll, afterEach, beforeAll, beforeEach, expect, inject, it} from 'vitest'
import type {Browser, BrowserContext} from 'playwright-core'
import {launch, newContext} from './browser'
import {order} from './orders'
import {open, previewOf} from './pages'

const url = inject('url')
let browser: Browser
let context: BrowserContext

beforeAll(async () => {
  browser = await launch()
})
afterAll(() => browser.close())
beforeEach(async () => {
  context = await newContext(browser, url)
})
afterEach(() => context.close())

it('a preset is previewed by a worker, dry run, applied, and runs', async () => {
  const page = await open(context, {path: '/new/', ready: '#manifest'})
  await previewOf(page, 'village-board')
  await page.getByRole('region', {name: 'Preview'}).first().getByText(/60 records on this page/).waitFor()
  expect(await page.getByRole('button', {name: /^Apply/}).getAttribute('aria-disabled')).toBe('true')
  await page.getByRole('button', {name: 'Dry run', exact: true}).click()
  await page.getByText('It would be new').waitFor()
  await page.getByRole('button', {name: 'Apply', exact: true}).click()
  await page.getByRole('link', {name: 'See the import'}).click()
  await page.waitForURL(/name=harvest/)
  await page.getByRole('heading', {name: 'harvest'}).waitFor()
  expect(await order({do: 'run', import: 'harvest'})).toBe('Complete')
})

it('a wrong spec is told line by line while it is written, and mended with a diff', async () => {
  const page = await open(context, {path: '/new/?ns=default&name=to-mend', ready: '#manifest'})
  await page.getByText("unknown function 'titel'").last().waitFor()
  await page.getByRole('button', {name: /^Line \d+/}).first().click()
  const text = await page.locator('#manifest').inputValue()
  await page.locator('#manifest').fill(text.replace('titel(title)', 'title'))
  await page.getByText('Valid:').waitFor()
  await page.getByRole('button', {name: 'Dry run', exact: true}).click()
  const diff = page.getByRole('region', {name: 'What would change'})
  await diff.getByText('+    title: title').waitFor()
  await page.getByRole('button', {name: 'Apply', exact: true}).click()
  await page.getByText('Changed.').waitFor()
  await page.goto('/import/?ns=default&name=to-mend')
  await page.getByText('Ready: True').waitFor({timeout: 60_000})
})

/** Markup in postings, names and errors stays text, on every page that shows them. */
import {afterAll, beforeAll, expect, inject, it} from 'vitest'
import type {Browser, Page} from 'playwright-core'
import {complaints, launch, newContext} from './browser'

const url = inject('url')
const about = 'ns=default&name=hostile'
let browser: Browser

beforeAll(async () => {
  browser = await launch()
})
afterAll(() => browser.close())

/** Elements and attributes that a page of ours never has, and links that are none of the web. */
const foreign = (page: Page) =>
  page.evaluate(() => {
    const main = document.querySelector('main') ?? document.body
    const markup = [...main.querySelectorAll('script, iframe, object, embed, form[action], img, video, audio, math, base, style')]
    const handlers = [...main.querySelectorAll('*')].filter((each) => [...each.attributes].some(({name}) => name.startsWith('on')))
    const links = [...main.querySelectorAll('a[href]')].filter((each) => !/^(https?:|\/)/.test(each.getAttribute('href') ?? ''))
    return [...markup, ...handlers, ...links].map((each) => each.outerHTML.slice(0, 200))
  })

async function look(page: Page): Promise<void> {
  await page.waitForFunction(() => !document.querySelector('main [role=status][aria-label=Loading]'))
  for (const folded of await page.locator('main details').all()) await folded.evaluate((each: HTMLDetailsElement) => (each.open = true))
  expect(await foreign(page)).toEqual([])
}

it('does nothing in the overview, the import, its records, each posting of a page, and its rejects', async () => {
  const context = await newContext(browser, url)
  const page = await context.newPage()
  const said = complaints(page)
  for (const path of ['/', `/import/?${about}`, `/records/?${about}&state=all`, `/rejects/?${about}`]) {
    await page.goto(path)
    await page.locator('[data-connection=live]').waitFor()
    await look(page)
  }
  const shown = await (await fetch(`${url}/api/v1/imports/default/hostile/records?state=all&limit=200`)).json() as {items: {externalId: string}[]; total: number}
  expect(shown.total).toBeGreaterThan(2)
  for (const {externalId} of shown.items.slice(0, 12)) {
    await page.goto(`/records/?${about}&id=${encodeURIComponent(externalId)}&why=${encodeURIComponent(externalId)}`)
    await page.getByRole('region', {name: 'Fields'}).waitFor()
    await look(page)
  }
  // Every payload at once, also in what the address says.
  await page.goto(`/records/?${about}&state=all&q=${encodeURIComponent('<img src=x onerror=alert(1)>')}`)
  await look(page)
  expect(said).toEqual([])
  await context.close()
})

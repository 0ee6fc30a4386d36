/** Markup in postings, partitions, names, errors and addresses stays text, on every page that shows it. */
import {afterAll, afterEach, beforeAll, beforeEach, expect, inject, it} from 'vitest'
import type {Browser, BrowserContext, Page} from 'playwright-core'
import {complaints, launch, newContext} from './browser'
import {order} from './orders'
import {latestRun, openPalette} from './pages'

const url = inject('url')
const about = (name: string) => `ns=default&name=${name}`
const WANTS_TO_RUN = '"><img src=x onerror=alert(1)><script>alert(1)</script>'
const PAYLOADS = 235
const RECORDS_OF_A_PAGE = 25
const REJECTS_OF_A_PAGE = 20
let browser: Browser
let context: BrowserContext
let page: Page
let said: string[] = []

beforeAll(async () => {
  browser = await launch()
  // Each payload takes the place of another, so that the timelines show what changed.
  await order({do: 'run', import: 'hostile'})
})
afterAll(() => browser.close())
beforeEach(async () => {
  context = await newContext(browser, url)
  said = []
  page = await another()
})
afterEach(async () => {
  await context.close()
  expect(said).toEqual([])
})

/** A page whose complaints are kept, and what it asks of others. */
async function another(): Promise<Page> {
  const made = await context.newPage()
  complaints(made, said)
  made.on('request', (request) => {
    if (!/^(blob|data):/.test(request.url()) && new URL(request.url()).host !== new URL(url).host) said.push(`a request to ${request.url()}`)
  })
  return made
}

/** Elements and attributes that a page of ours never has, and links that are none of the web. */
const foreign = (shown: Page) =>
  shown.evaluate(() => {
    const roots = [...document.querySelectorAll('main, dialog, [role=status], [data-testid=announcer]')]
    const all = (selector: string) => roots.flatMap((root) => [...root.querySelectorAll(selector)])
    const markup = all('script, iframe, object, embed, form[action], img, video, audio, math, base, style, marquee, template, link, meta, foreignObject, animate, set')
    const handlers = all('*').filter((each) => [...each.attributes].some(({name}) => name.startsWith('on')))
    const links = all('a[href]').filter((each) => !/^(https?:|\/|#)/.test(each.getAttribute('href') ?? ''))
    return [...markup, ...handlers, ...links].map((each) => each.outerHTML.slice(0, 200))
  })

async function look(shown = page): Promise<void> {
  await shown.waitForFunction(() => !document.querySelector('main [role=status][aria-label=Loading], main [aria-busy=true]'))
  await shown.evaluate(() => document.querySelectorAll('main details').forEach((each) => ((each as HTMLDetailsElement).open = true)))
  expect(await foreign(shown)).toEqual([])
}

/** Open a page, wait for what it has of the corpus, and look at it. */
async function visit(path: string, shows: string): Promise<void> {
  await page.goto(path)
  await page.locator('[data-connection=live]').waitFor()
  await page.locator('main').getByText(shows).first().waitFor()
  await look()
}

/** Turn the pages of a list, all or the first ones, looking at each; gives how many there were. */
async function turn(list: string, most = Infinity): Promise<number> {
  const region = page.getByRole('region', {name: list, exact: true})
  const next = region.getByRole('button', {name: /^Next/})
  for (let pages = 1; ; pages += 1) {
    if (pages >= most || (await next.count()) === 0 || (await next.getAttribute('aria-disabled')) !== null) return pages
    const range = region.getByRole('navigation').getByText(/^[\d,]+–/)
    const before = (await range.textContent()) ?? ''
    await next.click()
    await range.filter({hasNotText: before}).waitFor()
    await look()
  }
}

it('the overview, its filters, a saved view and the palette run none of it', async () => {
  await visit('/', 'hostile-spec')
  await visit(`/?q=${encodeURIComponent('<img')}`, 'hostile')
  expect(await page.locator('tr[data-import=hostile]').count()).toBe(1)
  // All that folds is open by now, the saved views among it.
  await page.getByLabel('Name of the view').fill(WANTS_TO_RUN)
  await page.getByRole('button', {name: 'Save'}).click()
  await look()
  await openPalette(page)
  await page.getByRole('option', {name: WANTS_TO_RUN}).waitFor()
  await look()
  await page.keyboard.type(`${WANTS_TO_RUN} not`)
  await page.getByText(/^Nothing fits/).waitFor()
  await look()
})

it('imports with hostile postings, partitions and specs run none of it, in conditions, events and specs neither', async () => {
  await visit(`/import/?${about('hostile')}`, 'Coverage')
  await visit(`/import/?${about('hostile-spec')}`, 'Stalled: True')
  await page.getByRole('region', {name: 'Conditions'}).getByText('onerror=alert(1)').first().waitFor()
  await page.getByRole('region', {name: 'Events'}).locator('li, p').first().waitFor()
  await visit(`/import/?${about('hostile-towns')}`, '<script>alert(1)</script>')
  const partitions = page.getByRole('region', {name: 'Partitions'}).first().locator('tbody tr')
  expect(await partitions.count()).toBe(PAYLOADS)
})

it('a run whose pages failed with the corpus runs none of it, in its errors, commands, pages and log neither', async () => {
  await visit(`/run/?${about('hostile-towns')}&id=${await latestRun(url, 'hostile-towns')}`, 'onerror=alert(1)')
  await page.getByRole('region', {name: 'Errors'}).getByText('curl').first().waitFor()
  await page.getByRole('log').getByText(/alert\(1\)/).first().waitFor()
  await look()
  // Each page's error is among the errors above: of the table two pages will do.
  expect(await turn('Pages', 2)).toBe(2)
})

it('every page of the records and rejects runs none of it', async () => {
  const {total} = (await (await fetch(`${url}/api/v1/imports/default/hostile/records?state=all&limit=1`)).json()) as {total: number}
  expect(total).toBeGreaterThan(150)
  await visit(`/records/?${about('hostile')}&state=all`, 'whole 0')
  expect(await turn('Postings')).toBe(Math.ceil(total / RECORDS_OF_A_PAGE))
  await visit(`/records/?${about('hostile')}&state=all&q=${encodeURIComponent(WANTS_TO_RUN)}&why=${encodeURIComponent(WANTS_TO_RUN)}`, 'Never seen')
  await visit(`/rejects/?${about('hostile')}`, 'onerror=alert(1)')
  expect(await turn('All rejects')).toBeGreaterThanOrEqual(Math.floor((PAYLOADS - total) / REJECTS_OF_A_PAGE))
})

it('a posting with the whole corpus in each field runs none of it, in its timeline and raw record neither', async () => {
  for (const id of ['whole 0', 'whole 1']) {
    await visit(`/records/?${about('hostile')}&id=${id}&why=${id}`, 'Raw record')
    await page.getByRole('region', {name: 'Timeline'}).locator('ins', {hasText: 'alert(1)'}).first().waitFor()
    const raw = await page.getByRole('region', {name: 'Raw record'}).last().textContent()
    expect(raw?.match(/alert\(1\)/g)?.length).toBeGreaterThan(PAYLOADS)
    await look()
  }
})

it('the workers, and an import that is written, previewed and dry run, run none of it', async () => {
  await visit('/pools/', 'Worker')
  await visit(`/edit/?${about('hostile')}`, 'YAML')
  await page.getByText('Valid:').waitFor()
  const text = await page.locator('#manifest').inputValue()
  await page.locator('#manifest').fill(text.replace('department: department', `department: "'<script>alert(1)</script>'"`))
  await page.getByText('Valid:').waitFor()
  await page.getByRole('button', {name: 'Preview'}).click()
  await page.getByRole('group', {name: 'Postings of the preview'}).waitFor()
  await page.getByRole('button', {name: 'Dry run', exact: true}).click()
  await page.getByRole('region', {name: 'What would change'}).getByText('<script>alert(1)</script>').waitFor()
  await look()
  await page.locator('#manifest').fill(text.replace('title: title', `title: ${JSON.stringify(WANTS_TO_RUN)}`))
  await page.locator('#problems').getByText('onerror=alert(1)').first().waitFor()
  await look()
})

it('what an address says stays text on every page', async () => {
  const text = encodeURIComponent(WANTS_TO_RUN)
  const named = `ns=${text}&name=${text}&id=${text}&reason=${text}&run=${text}&q=${text}&state=${text}&sort=${text}&after=${text}&pages=${text}`
  const paths = ['/', '/import/', '/run/', '/records/', '/rejects/', '/new/', '/edit/', '/pools/', '/login/']
  const reads = async (reader: Page) => {
    for (let path = paths.pop(); path; path = paths.pop()) {
      await reader.goto(`${path}?${named}&next=${encodeURIComponent('javascript:alert(1)')}`)
      // Who need not log in is led on, to a page of ours.
      if (path === '/login/') await reader.waitForURL((at) => at.href.startsWith(url) && at.pathname === '/')
      await reader.locator('main h1, main [role=alert]').first().waitFor()
      await look(reader)
    }
  }
  await Promise.all([page, await another(), await another()].map(reads))
})

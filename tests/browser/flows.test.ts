/** What somebody does who looks after imports. */
import {afterAll, afterEach, beforeAll, beforeEach, describe, expect, inject, it} from 'vitest'
import type {Browser, BrowserContext, Page} from 'playwright-core'
import {complaints, launch, newContext} from './browser'
import {order} from './orders'
import {latestRun, open, openPalette} from './pages'

const url = inject('url')
let browser: Browser
let context: BrowserContext
let said: string[] = []

beforeAll(async () => {
  browser = await launch()
})
afterAll(() => browser.close())
beforeEach(async () => {
  context = await newContext(browser, url)
})
afterEach(async () => {
  await context.close()
  expect(said).toEqual([])
})

async function show(path: string, ready: string): Promise<Page> {
  const page = await open(context, {path, ready})
  said = complaints(page)
  return page
}

/** The newest run, of the whole source: on a stack that was used before, it may be a retry of a part. */
async function wholeRun(name: string): Promise<string> {
  const newest = await latestRun(url, name)
  const {reason} = (await (await fetch(`${url}/api/v1/imports/default/${name}/runs/${newest}`)).json()) as {reason: string}
  if (!reason.startsWith('Retry')) return newest
  await order({do: 'run', import: name})
  return latestRun(url, name)
}

const row = (page: Page, name: string) => page.locator(`tr[data-import=${name}]`)
const about = (name: string) => `ns=default&name=${name}`

describe('the overview', () => {
  it('puts what needs somebody first, with why', async () => {
    const page = await show('/', 'tr[data-import=northwind]')
    const needy = page.getByRole('region', {name: 'Needs attention'})
    await needy.getByText("unknown function 'titel'").first().waitFor()
    await needy.getByText('lakeside', {exact: true}).waitFor()
    expect(await needy.getByText('harbour', {exact: true}).count()).toBe(0)
  })
  it('keeps search, filters and order in the address, and the server applies them', async () => {
    const page = await show('/', 'tr[data-import=northwind]')
    await page.keyboard.press('/')
    await page.keyboard.type('village')
    await row(page, 'northwind').waitFor({state: 'detached'})
    await page.getByRole('button', {name: 'Failed', exact: true}).click()
    await row(page, 'village-board').waitFor({state: 'detached'})
    await page.getByRole('button', {name: 'OK', exact: true}).click()
    await row(page, 'village-board').waitFor()
    await page.getByLabel('Sort by').selectOption('-open')
    await page.waitForURL(/q=village.*state=ok.*sort=-open/)
    const address = page.url()
    await page.goto('about:blank')
    await page.goto(address)
    await row(page, 'village-board').waitFor()
    expect(await page.locator('tr[data-import]').count()).toBe(1)
    expect(await page.getByLabel('Search imports').inputValue()).toBe('village')
  })
  it('saves a view under a name', async () => {
    const page = await show('/?state=stalled', 'tr[data-import=misspelt]')
    await page.getByText('Views', {exact: true}).click()
    await page.getByLabel('Name of the view').fill('To be mended')
    await page.getByRole('button', {name: 'Save'}).click()
    await page.goto('/')
    await row(page, 'northwind').waitFor()
    await page.getByText('Views', {exact: true}).click()
    await page.getByRole('link', {name: 'To be mended'}).click()
    await page.waitForURL(/state=stalled/)
    await row(page, 'northwind').waitFor({state: 'detached'})
  })
  it('says that nothing fits, and leads back', async () => {
    const page = await show('/?q=no-such-import', 'text=No import fits')
    await page.getByRole('link', {name: 'Show all imports'}).click()
    await row(page, 'northwind').waitFor()
  })
})

describe('an import', () => {
  it('runs at a press, is followed live, and its end is announced', async () => {
    const page = await show(`/import/?${about('harbour')}`, 'figure')
    await order({do: 'hold'})
    try {
      await page.getByRole('button', {name: 'Run now'}).click()
      const bar = page.getByRole('progressbar')
      await page.waitForFunction(() => Number(document.querySelector('[role=progressbar]')?.getAttribute('aria-valuenow')) > 0)
      expect(await bar.getAttribute('aria-valuetext')).toMatch(/of 15 pages/)
      expect(await page.getByRole('button', {name: /^Run now/}).getAttribute('title')).toBe('A run is in progress.')
    } finally {
      await order({do: 'release'})
    }
    await page.getByTestId('announcer').filter({hasText: /default\/harbour: (Complete|Unchanged)/}).waitFor({state: 'attached'})
    await page.getByRole('progressbar').waitFor({state: 'detached'})
  })
  it('is suspended and resumed', async () => {
    const page = await show(`/import/?${about('village-board')}`, 'figure')
    await page.getByRole('button', {name: 'Suspend', exact: true}).click()
    await page.getByRole('button', {name: 'Resume', exact: true}).waitFor()
    expect(await page.getByRole('button', {name: /^Run now/}).getAttribute('title')).toContain('suspended')
    await page.getByRole('button', {name: 'Resume', exact: true}).click()
    await page.getByRole('button', {name: 'Suspend', exact: true}).waitFor()
  })
  it('ends a run only after a question', async () => {
    const page = await show(`/import/?${about('harbour')}`, 'figure')
    await order({do: 'hold'})
    try {
      await page.getByRole('button', {name: 'Run now'}).click()
      await page.getByRole('progressbar').waitFor()
      await page.getByRole('button', {name: 'Cancel run'}).click()
      const question = page.getByRole('dialog', {name: 'Cancel run'})
      await question.getByText('nothing is closed').waitFor()
      await question.getByRole('button', {name: 'Cancel run'}).click()
    } finally {
      await order({do: 'release'})
    }
    await page.getByRole('progressbar').waitFor({state: 'detached'})
  })
  it('shows history, coverage, partitions, conditions and the rendered spec', async () => {
    const page = await show(`/import/?${about('village-board')}`, 'figure')
    await page.getByRole('link', {name: /^Run Complete: 60 records/}).first().waitFor()
    await page.getByRole('group', {name: 'Coverage of fields'}).getByText('title', {exact: true}).waitFor()
    await page.getByText('Ready: True').waitFor()
    await page.getByRole('button', {name: 'Rendered'}).click()
    await page.getByRole('region', {name: 'Spec as rendered'}).getByText('externalId').waitFor()
  })
})

describe('a run', () => {
  it('says how complete it was, groups errors with a command, and tells page by page', async () => {
    const run = await wholeRun('lakeside')
    const page = await show(`/run/?${about('lakeside')}&id=${run}`, '[role=log] li')
    await page.getByTestId('sentence').getByText('400 of 500 advertised').waitFor()
    await page.getByTestId('sentence').getByText('nothing closed').waitFor()
    await page.getByText('The request as a command').click()
    await page.getByRole('region', {name: /^The request as a command/}).getByText('curl').waitFor()
    await page.getByRole('group', {name: 'State of pages'}).getByRole('button', {name: 'Failed'}).click()
    const pages = page.getByRole('region', {name: 'Pages', exact: true}).getByRole('table')
    await pages.getByText('answered 500').waitFor()
    await expect.poll(() => pages.locator('tbody tr').count(), {timeout: 10_000}).toBe(1)
  })
  it('that is not there says so, under a heading and with a way back', async () => {
    const page = await show(`/run/?${about('lakeside')}&id=no-such-run`, 'h1')
    await page.getByRole('alert').filter({hasText: 'There is no such thing'}).waitFor()
    expect(await page.getByRole('heading', {level: 1}).textContent()).toBe('Run')
    await page.getByRole('navigation', {name: 'Breadcrumb'}).getByRole('link', {name: 'lakeside'}).click()
    await page.waitForURL(/\/import\/\?ns=default&name=lakeside/)
  })
  it('keeps which of its pages are shown in the address', async () => {
    const run = await latestRun(url, 'lakeside')
    const page = await show(`/run/?${about('lakeside')}&id=${run}`, '[role=log]')
    const choice = page.getByRole('group', {name: 'State of pages'})
    await choice.getByRole('button', {name: 'Failed'}).click()
    await page.waitForURL(new RegExp(`id=${run}&pages=failed`))
    await page.reload()
    const pages = page.getByRole('region', {name: 'Pages', exact: true}).getByRole('table')
    await pages.getByText('answered 500').waitFor()
    expect(await pages.locator('tbody tr').count()).toBe(1)
    expect(await choice.getByRole('button', {name: 'Failed'}).getAttribute('aria-pressed')).toBe('true')
  })
  it('is retried for what failed', async () => {
    const run = await latestRun(url, 'lakeside')
    const page = await show(`/run/?${about('lakeside')}&id=${run}`, '[role=log]')
    await page.getByRole('region', {name: 'Partitions'}).first().getByRole('button', {name: /^Retry/}).click()
    await page.getByText(/retry of what failed was asked for/).waitFor()
    await expect.poll(() => latestRun(url, 'lakeside'), {timeout: 60_000}).not.toBe(run)
  })
})

describe('a partition', () => {
  it('is retried alone, and only what failed of it', async () => {
    const run = await wholeRun('two-towns')
    const page = await show(`/run/?${about('two-towns')}&id=${run}`, '[role=log]')
    const partitions = page.getByRole('region', {name: 'Partitions'}).first()
    await partitions.getByText('millpond', {exact: true}).waitFor()
    expect(await partitions.getByRole('button').count()).toBe(1)
    await partitions.getByRole('button', {name: 'Retry failed pages of lakeside'}).click()
    await page.getByText(/of lakeside alone/).waitFor()
    await expect.poll(() => latestRun(url, 'two-towns'), {timeout: 60_000}).not.toBe(run)
    const again = await latestRun(url, 'two-towns')
    await page.goto(`/run/?${about('two-towns')}&id=${again}`)
    await page.getByText('of partition lakeside alone').waitFor()
    const walked = `${url}/api/v1/imports/default/two-towns/runs/${again}/pages`
    const pages = async () => ((await (await fetch(walked)).json()) as {items: {partition: string; number: number}[]}).items
    await expect.poll(async () => (await pages()).map((one) => `${one.partition} ${one.number}`), {timeout: 60_000}).toEqual(['lakeside 3'])
  })
})

describe('the palette', () => {
  it('finds an import and does things by keyboard alone', async () => {
    const page = await show('/', 'tr[data-import=northwind]')
    await openPalette(page)
    await page.keyboard.type('northw')
    await page.getByRole('option', {name: /default\/northwind/}).waitFor()
    await page.keyboard.press('Enter')
    await page.waitForURL(/import\/\?ns=default&name=northwind/)
    await openPalette(page)
    await page.keyboard.type('UTC')
    await page.keyboard.press('Enter')
    await page.getByRole('button', {name: /Times shown in UTC/}).waitFor()
  })
  it('asks first where the page does, and does nothing when told to leave it', async () => {
    const page = await show(`/import/?${about('harbour')}`, 'figure')
    const choose = async () => {
      await openPalette(page)
      await page.keyboard.type('cancel')
      await page.getByRole('option', {name: /Cancel run: harbour\s*Asks first/}).and(page.locator('[aria-selected=true]')).waitFor()
      await page.keyboard.press('Enter')
    }
    await openPalette(page)
    await page.keyboard.type('cancel')
    await page.getByRole('option', {name: /Cancel run: harbour\s*Nothing is running/}).waitFor()
    await page.keyboard.press('Escape')
    await order({do: 'hold'})
    try {
      await page.getByRole('button', {name: 'Run now'}).click()
      await page.getByRole('progressbar').waitFor()
      const question = page.getByRole('dialog', {name: 'Cancel run'})
      await choose()
      await question.getByText('End the current run of harbour?').waitFor()
      await page.keyboard.press('Enter')
      await question.waitFor({state: 'detached'})
      expect(await page.getByRole('progressbar').count()).toBe(1)
      await choose()
      await question.getByRole('button', {name: 'Leave it'}).waitFor()
      await page.keyboard.press('Tab')
      await page.keyboard.press('Enter')
      await page.getByText('Cancelling was asked for').waitFor()
    } finally {
      await order({do: 'release'})
    }
    await page.getByRole('progressbar').waitFor({state: 'detached'})
  })
})

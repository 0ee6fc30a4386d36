/** Everything by Tab, Enter, Escape and arrows alone: where one is is seen, and nobody is thrown back to the top. */
import {describe, expect, inject, it} from 'vitest'
import type {Page} from 'playwright-core'
import {browsing} from './browsing'
import {order} from './orders'
import {latestRun, somePosting} from './pages'
import {places} from './places'

const url = inject('url')
const MOST_STOPS = 160
const open = browsing()
const about = (name: string) => `ns=default&name=${name}`

interface Stop {
  what: string
  /** Whether it is on the screen, and marked as the one with the focus. */
  seen: boolean
}

/** Where the focus is; null: nowhere. */
const stop = (page: Page) =>
  page.evaluate((): Stop | null => {
    const at = document.activeElement
    if (!at || at === document.body) return null
    const {width, height, top, bottom} = at.getBoundingClientRect()
    const marked = [at, at.parentElement, at.parentElement?.parentElement].some((each) => {
      if (!each) return false
      const {outlineStyle, outlineWidth} = getComputedStyle(each)
      return outlineStyle !== 'none' && parseFloat(outlineWidth) >= 1
    })
    // A search field of the palette has its line coloured in place of an outline.
    const typing = at.getAttribute('role') === 'combobox'
    const shown = width > 0 && height > 0 && bottom > 0 && top < innerHeight
    const name = at.getAttribute('aria-label') ?? at.textContent.trim().slice(0, 40)
    return {what: `${at.tagName.toLowerCase()} ${name}`, seen: shown && (marked || typing)}
  })

/** Press Tab until the focus has been everywhere; gives the stops in their order. */
async function walk(page: Page): Promise<Stop[]> {
  const stops: Stop[] = []
  for (let pressed = 0; pressed < MOST_STOPS; pressed += 1) {
    await page.keyboard.press('Tab')
    const here = await stop(page)
    if (!here) return stops
    stops.push(here)
  }
  throw new Error(`the end was not reached in ${MOST_STOPS} stops: ${stops.map(({what}) => what).join(', ')}`)
}

/** Press Tab until something has the focus. */
async function reach(page: Page, what: RegExp): Promise<void> {
  for (let pressed = 0; pressed < MOST_STOPS; pressed += 1) {
    await page.keyboard.press('Tab')
    const here = await stop(page)
    if (here && what.test(here.what)) return
  }
  throw new Error(`${what} was not reached by Tab`)
}

const isAt = (page: Page, what: RegExp) => expect.poll(async () => (await stop(page))?.what, {timeout: 15_000}).toMatch(what)

describe('on every page', () => {
  it('each stop of Tab is on the screen and marked, and the first leads past the head', async () => {
    const unseen: Record<string, string[]> = {}
    for (const place of places(await latestRun(url, 'lakeside'), await somePosting(url, 'northwind'))) {
      if (place.prepare === 'palette') continue
      const page = await open({path: place.path, ready: place.ready})
      const stops = await walk(page)
      expect(stops[0]?.what, place.name).toBe('a Skip to content')
      expect(stops.length, place.name).toBeGreaterThan(8)
      const missed = stops.filter(({seen}) => !seen).map(({what}) => what)
      if (missed.length > 0) unseen[place.name] = missed
      await page.close()
    }
    expect(unseen).toEqual({})
  })
})

describe('the focus', () => {
  it('skips the head, and comes back from the palette, the keys and a menu to where it was', async () => {
    const page = await open({path: '/', ready: 'tr[data-import=northwind]'})
    await page.keyboard.press('Tab')
    await page.keyboard.press('Enter')
    await page.keyboard.press('Tab')
    expect(await page.evaluate(() => document.activeElement?.closest('main section')?.getAttribute('aria-label'))).toBe('Needs attention')
    await reach(page, /^button Mine/)
    await page.keyboard.press('Control+k')
    await isAt(page, /^input Find an import/)
    await page.keyboard.press('Escape')
    await isAt(page, /^button Mine/)
    await page.keyboard.press('?')
    await page.getByRole('dialog', {name: 'Keys'}).waitFor()
    await page.keyboard.press('Escape')
    await isAt(page, /^button Mine/)
    await reach(page, /^summary Views/)
    await page.keyboard.press('Enter')
    await page.keyboard.press('Tab')
    await isAt(page, /^input Name of the view/)
    await page.keyboard.press('Escape')
    await isAt(page, /^summary Views/)
    expect(await page.getByLabel('Name of the view').isVisible()).toBe(false)
  })
  it('stays on what was pressed, also where that becomes something else, and comes back from a question', async () => {
    const page = await open({path: `/import/?${about('harbour')}`, ready: 'figure'})
    await reach(page, /^button Suspend/)
    await page.keyboard.press('Enter')
    await isAt(page, /^button Resume/)
    await page.keyboard.press('Enter')
    await isAt(page, /^button Suspend/)
    await order({do: 'hold'})
    try {
      await page.getByRole('button', {name: 'Run now'}).focus()
      await page.keyboard.press('Enter')
      await page.getByRole('progressbar').waitFor()
      await isAt(page, /^button Run now, not now/)
      await reach(page, /^button Cancel run/)
      await page.keyboard.press('Enter')
      await isAt(page, /^button Leave it/)
      await page.keyboard.press('Escape')
      await isAt(page, /^button Cancel run/)
      await page.keyboard.press('Enter')
      await isAt(page, /^button Leave it/)
      await page.keyboard.press('Tab')
      await isAt(page, /^button Cancel run/)
      await page.keyboard.press('Enter')
      await page.getByText('harbour: Cancelling was asked for').waitFor()
      await isAt(page, /^button Cancel run/)
    } finally {
      await order({do: 'release'})
    }
    await page.getByRole('progressbar').waitFor({state: 'detached'})
  })
  it('goes through the bars of the history by arrows, and Enter opens that run', async () => {
    const page = await open({path: `/import/?${about('village-board')}`, ready: 'figure'})
    await order({do: 'run', import: 'village-board'})
    const bars = page.getByRole('figure').getByRole('link')
    await expect.poll(() => bars.count()).toBeGreaterThan(1)
    await reach(page, /^a Run (Complete|Unchanged)/)
    const newest = await page.evaluate(() => document.activeElement?.getAttribute('href'))
    await page.keyboard.press('ArrowLeft')
    const before = await page.evaluate(() => document.activeElement?.getAttribute('href'))
    expect(before).not.toBe(newest)
    await page.keyboard.press('Enter')
    await page.waitForURL((address) => address.href.endsWith(before ?? ' '))
    await page.getByRole('log').waitFor()
  })
  it('stays in a list whose pages are turned and in a choice that is made', async () => {
    const page = await open({path: `/records/?${about('northwind')}`, ready: 'section[aria-label=Postings] table'})
    await page.getByRole('button', {name: 'Next'}).focus()
    await page.keyboard.press('Enter')
    await page.getByText(/^26–50 of 1,/).waitFor()
    await isAt(page, /^button Next/)
    await page.getByRole('button', {name: 'All', exact: true}).focus()
    await page.keyboard.press('Space')
    await page.waitForURL(/state=all/)
    await isAt(page, /^button All/)
  })
  it('stays where a reject is unfolded and where rejects are replayed', async () => {
    const page = await open({path: `/rejects/?${about('northwind')}`, ready: 'section[aria-label="By reason"] li'})
    await reach(page, /^button Replay all/)
    await page.keyboard.press('Enter')
    await page.getByText(/were rejected again/).waitFor({timeout: 60_000})
    await isAt(page, /^button Replay all/)
    await reach(page, /^summary northwind-/)
    await page.keyboard.press('Enter')
    await page.getByRole('region', {name: /^Raw record northwind-/}).waitFor()
    await isAt(page, /^summary northwind-/)
  })
})

it('an import is written, previewed and dry run without a mouse', async () => {
  const page = await open({path: '/new/', ready: '#manifest'})
  await reach(page, /^input Find a preset/)
  await page.keyboard.type('rss')
  await page.keyboard.press('Tab')
  const rss = page.getByRole('radio', {name: /^rss/i})
  for (let step = 0; step < 10 && !(await rss.isChecked()); step += 1) await page.keyboard.press('ArrowDown')
  expect(await rss.isChecked()).toBe(true)
  const answer = await page.request.get('/api/v1/imports/default/village-board')
  const {spec} = (await answer.json()) as {spec: {source: {request: {url: string}}}}
  const fields = ['by-keys', null, null, spec.source.request.url]
  for (const text of fields) {
    await page.keyboard.press('Tab')
    if (text) await page.keyboard.type(text)
  }
  await page.getByText('Valid:').waitFor()
  await reach(page, /^button Preview/)
  await page.keyboard.press('Enter')
  await page.getByRole('group', {name: 'Postings of the preview'}).waitFor()
  await isAt(page, /^button Preview/)
  await reach(page, /^button Dry run/)
  await page.keyboard.press('Enter')
  await page.getByText('It would be new').waitFor()
  await isAt(page, /^button Dry run/)
  await page.keyboard.press('Tab')
  await isAt(page, /^button Apply$/)
})

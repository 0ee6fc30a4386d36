/** Ways through the pages that several tests take. */
import type {BrowserContext, Page} from 'playwright-core'
import type {Place} from './places'

/** What of a place it takes to open it. */
export type Shown = Pick<Place, 'path' | 'ready' | 'prepare'>

/** Open a page and wait until it has what it shows and is live. */
export async function open(context: BrowserContext, place: Shown): Promise<Page> {
  const page = await context.newPage()
  await page.goto(place.path)
  await page.locator(place.ready).first().waitFor()
  await page.locator('[data-connection=live]').waitFor()
  if (place.prepare === 'palette') await openPalette(page)
  if (place.prepare === 'preview') await previewOf(page, 'village-board')
  await page.evaluate(() => document.fonts.ready)
  // Answers that were still on their way are shown now.
  await page.waitForFunction(() => !document.querySelector('main [role=status][aria-label=Loading]'))
  return page
}

export async function openPalette(page: Page): Promise<void> {
  await page.keyboard.press('Control+k')
  await page.getByRole('dialog').getByRole('option').first().waitFor()
}

/** Write an import of a board's RSS feed by its preset, which asks for the address, and preview it. */
export async function previewOf(page: Page, feed: string): Promise<void> {
  const source = await addressOf(page, feed)
  await page.getByRole('radio', {name: /^rss/i}).check()
  await page.getByRole('textbox', {name: 'Name', exact: true}).fill('harvest')
  await page.locator('#parameter-url').fill(source)
  await page.getByText('Valid:').waitFor()
  await page.getByRole('button', {name: 'Preview'}).click()
  await page.getByRole('group', {name: 'Postings of the preview'}).waitFor()
}

/** Where an import fetches from. */
async function addressOf(page: Page, name: string): Promise<string> {
  const answer = await page.request.get(`/api/v1/imports/default/${name}`)
  const detail = (await answer.json()) as {spec: {source: {request: {url: string}}}}
  return detail.spec.source.request.url
}

interface Listed {
  items: {id: string; externalId: string}[]
}

async function first(url: string, path: string): Promise<Listed['items'][number]> {
  const answer = await fetch(`${url}/api/v1/${path}`)
  const [item] = ((await answer.json()) as Listed).items
  if (!item) throw new Error(`${path} is empty`)
  return item
}

export const latestRun = async (url: string, name: string) => (await first(url, `imports/default/${name}/runs`)).id

/** A posting that has changed since it was first seen. */
export const somePosting = async (url: string, name: string) =>
  (await first(url, `imports/default/${name}/records?sort=-lastChanged&limit=1`)).externalId

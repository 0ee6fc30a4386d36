/** Behind oauth2-proxy: a token that expires while its page and its socket are open. */
import {afterAll, beforeAll, describe, it} from 'vitest'
import type {Browser, BrowserContext, Page} from 'playwright-core'
import {launch, newContext} from '../browser'
import {order} from '../orders'
import {about, where} from './people'

const LIFE_SECONDS = 15
const CUT_OFF_MS = 60_000
let browser: Browser

beforeAll(async () => {
  browser = await launch()
  await order({do: 'issue', seconds: LIFE_SECONDS})
})
afterAll(async () => {
  await order({do: 'issue', seconds: 3600})
  await browser.close()
})

/** The page of an import behind a proxy, which logs in on the way; and the times at which its sockets opened. */
async function opened(proxy: string): Promise<{context: BrowserContext; page: Page; sockets: number[]; went: string[]}> {
  const context = await newContext(browser, proxy, {anyIssuer: true})
  const page = await context.newPage()
  const sockets: number[] = []
  const went: string[] = []
  page.on('websocket', () => sockets.push(Date.now()))
  page.on('framenavigated', (frame) => went.push(new URL(frame.url()).pathname))
  await page.goto(about('ours', 'northwind'))
  await page.locator('[data-connection=live]').waitFor()
  await page.getByTitle('Logged in as oidc:jane@example.org').waitFor()
  return {context, page, sockets, went}
}

describe.concurrent('a token that expires', () => {
  it('is made up for by the fresh one that the proxy passes on: the page stays, and is live again', async ({expect}) => {
    const {context, page, sockets, went} = await opened(where().refreshing)
    expect(await page.getByRole('button', {name: /Log out/}).count()).toBe(0)
    const before = sockets.length
    await expect.poll(() => sockets.length, {timeout: CUT_OFF_MS}).toBeGreaterThan(before)
    await page.locator('[data-connection=live]').waitFor()
    await page.getByText('Conditions').waitFor()
    expect(went.filter((path) => path.startsWith('/login'))).toEqual([])
    await context.close()
  })

  it('and is not renewed ends the session: the page says so, and goes back when there is a fresh one', async ({expect}) => {
    const {context, page} = await opened(where().passing)
    await page.waitForURL(/\/login\/\?ended=proxy&next=/, {timeout: CUT_OFF_MS})
    const told = page.getByRole('status').filter({hasText: 'Your session is over'})
    await told.waitFor()
    expect(await told.textContent()).toContain('The token that your organisation’s log-in passed on has expired')
    expect(await page.locator('body').textContent()).not.toContain('northwind')
    await order({do: 'issue', seconds: 3600})
    const elsewhere = await context.newPage()
    await elsewhere.goto('/oauth2/start?rd=/')
    await elsewhere.locator('tr[data-import=northwind]').waitFor()
    await page.waitForURL(/\/import\/\?ns=ours&name=northwind/, {timeout: CUT_OFF_MS})
    await page.locator('[data-connection=live]').waitFor()
    await context.close()
  })
})

/** What happens to an open page when its token or its rights are taken away. */
import {afterAll, beforeAll, describe, it, type ExpectStatic} from 'vitest'
import type {Browser} from 'playwright-core'
import {launch} from '../browser'
import {order} from '../orders'
import {aBrowser, about, kept, logIn, someone, submit, where} from './people'

/** The bound that the gateway promises with the settings that it has by default. */
const CUT_OFF_MS = 60_000
let browser: Browser

beforeAll(async () => {
  browser = await launch()
})
afterAll(() => browser.close())

/** Wait until each gateway answers a token so. */
async function answered(expect: ExpectStatic, token: string, path: string, status: number): Promise<void> {
  for (const gateway of where().gateways.split(',')) {
    const headers = {Authorization: `Bearer ${token}`}
    const ask = async () => (await fetch(`${gateway}/api/v1/${path}`, {headers})).status
    await expect.poll(ask, {timeout: CUT_OFF_MS, interval: 500}).toBe(status)
  }
}

describe.concurrent('within a minute, by both gateways', () => {
  it('a deleted account is cut off, its page says what happened, and leads back after a new log-in', async ({expect}) => {
    const {name, token} = await someone()
    const context = await aBrowser(browser, {}, '203.0.113.21')
    const page = await logIn(context, token, about('ours', 'northwind'), 'text=Conditions')
    const begun = Date.now()
    await order({do: 'kubectl', arguments: ['-n', 'ours', 'delete', 'serviceaccount', name]})
    await Promise.all([
      page.waitForURL(/\/login\/\?ended=token&next=/, {timeout: CUT_OFF_MS}),
      answered(expect, token, 'imports', 401),
    ])
    expect(Date.now() - begun).toBeLessThan(CUT_OFF_MS)
    await page.getByRole('status').filter({hasText: 'Your session is over'}).waitFor()
    await page.getByText('The cluster no longer takes your token').waitFor()
    expect(await kept(page)).not.toContain(token)
    expect(await page.locator('body').textContent()).not.toContain('northwind')
    await submit(page, (await someone()).token)
    await page.waitForURL(/\/import\/\?ns=ours&name=northwind/)
    await page.locator('[data-connection=live]').waitFor()
    await context.close()
  })

  it('rights that are taken away empty the page, and rights that are given again fill it', async ({expect}) => {
    const {name, token} = await someone()
    const context = await aBrowser(browser, {}, '203.0.113.22')
    const list = await logIn(context, token, '/', 'tr[data-import=northwind]')
    const page = await logIn(context, token, about('ours', 'northwind'), 'text=Conditions')
    const begun = Date.now()
    await order({do: 'kubectl', arguments: ['-n', 'ours', 'delete', 'rolebinding', name]})
    await Promise.all([
      page.getByRole('alert').filter({hasText: 'This is not open to you'}).waitFor({timeout: CUT_OFF_MS}),
      list.locator('tr[data-import=northwind]').waitFor({state: 'detached', timeout: CUT_OFF_MS}),
      page.getByText('Conditions').waitFor({state: 'detached', timeout: CUT_OFF_MS}),
      answered(expect, token, 'imports/ours/northwind', 403),
    ])
    expect(Date.now() - begun).toBeLessThan(CUT_OFF_MS)
    await page.getByRole('group', {name: 'Actions on northwind'}).waitFor({state: 'detached'})
    const again = ['--role', name, '--serviceaccount', `ours:${name}`]
    await order({do: 'kubectl', arguments: ['-n', 'ours', 'create', 'rolebinding', name, ...again]})
    await page.getByText('Conditions').waitFor({timeout: CUT_OFF_MS})
    await list.locator('tr[data-import=northwind]').waitFor({timeout: CUT_OFF_MS})
    await context.close()
  })
})

/** What one may not see or do: it is not shown, or it is said why. */
import {afterAll, afterEach, beforeAll, beforeEach, expect, it} from 'vitest'
import type {Browser, BrowserContext, Page} from 'playwright-core'
import {launch} from '../browser'
import {order} from '../orders'
import {aBrowser, about, logIn, someone} from './people'

let browser: Browser
let context: BrowserContext

beforeAll(async () => {
  browser = await launch()
})
beforeEach(async () => {
  context = await aBrowser(browser)
})
afterEach(() => context.close())
afterAll(() => browser.close())

/** What the socket answers to subscriptions, as the page gets it. */
function socketAnswers(page: Page): string[] {
  const answers: string[] = []
  page.on('websocket', (socket) => socket.on('framereceived', ({payload}) => answers.push(String(payload))))
  return answers
}

it('imports of a namespace that one may not see are in no list, on no page and in no room', async () => {
  const page = await logIn(context, (await someone()).token, '/', 'tr[data-import=northwind]')
  expect(await page.locator('tr[data-import=secret-plans]').count()).toBe(0)
  await page.getByLabel('Search imports').fill('secret')
  await page.getByText('No import fits').waitFor()
  await page.keyboard.press('Control+k')
  await page.getByRole('dialog').getByRole('combobox').fill('secret-plans')
  await page.getByText('Nothing fits').waitFor()
  for (const path of [about('theirs', 'secret-plans'), '/records/?ns=theirs&name=secret-plans', '/rejects/?ns=theirs&name=secret-plans']) {
    await page.goto(path)
    const box = page.getByRole('alert').filter({hasText: 'This is not open to you'})
    await box.waitFor()
    expect(await box.textContent()).toContain('needs the verb get on jobimports.jobimport.dev in namespace theirs')
    expect(await box.textContent()).toContain('You are logged in as system:serviceaccount:ours:')
  }
  const answers = socketAnswers(page)
  await page.goto('/run/?ns=theirs&name=secret-plans&id=some-run')
  await page.getByRole('alert').filter({hasText: 'This is not open to you'}).waitFor()
  await expect.poll(() => answers.filter((each) => each.includes('"status":403')).length).toBeGreaterThan(0)
  expect(answers.join()).not.toContain('"name":"secret-plans"')
})

it('who may only look sees every action disabled with the permission that it needs', async () => {
  const page = await logIn(context, (await someone('get,list,watch')).token, about('ours', 'northwind'), 'text=Log out')
  const actions = page.getByRole('group', {name: 'Actions on northwind'})
  await actions.getByRole('button').first().waitFor()
  for (const button of await actions.getByRole('button').all()) {
    expect(await button.getAttribute('aria-disabled')).toBe('true')
  }
  const reason = 'You may see this import, but not change it: it needs the verb patch on jobimports in ours.'
  expect(await actions.getByRole('button', {name: /^Suspend/}).getAttribute('title')).toBe(reason)
  await actions.getByRole('button', {name: /^Suspend/}).click({force: true})
  await page.keyboard.press('Control+k')
  await page.getByRole('dialog').getByRole('combobox').fill('suspend')
  const offered = page.getByRole('option', {name: /Suspend: northwind/})
  expect(await offered.getAttribute('aria-disabled')).toBe('true')
  const asked: string[] = []
  page.on('request', (request) => request.method() === 'POST' && asked.push(request.url()))
  await offered.and(page.locator('[aria-selected=true]')).waitFor()
  await page.keyboard.press('Enter')
  await offered.click({force: true})
  await page.keyboard.press('Escape')
  await page.getByRole('dialog').waitFor({state: 'detached'})
  expect(asked).toEqual([])
  expect(await order({do: 'kubectl', arguments: ['-n', 'ours', 'get', 'ji', 'northwind', '-o', 'jsonpath={.spec.suspend}']})).not.toBe('true')
})

it('what somebody does is done with their own token: Kubernetes and the audit log name them', async () => {
  const {name, token} = await someone()
  const account = `system:serviceaccount:ours:${name}`
  const page = await logIn(context, token, about('ours', 'northwind'), 'text=Log out')
  const run = page.getByRole('button', {name: 'Run now'})
  await run.waitFor()
  await expect.poll(() => run.getAttribute('aria-disabled'), {timeout: 120_000}).toBeNull()
  await run.click()
  await page.getByText('northwind: A run was asked for.').waitFor()
  await page.getByTestId('announcer').filter({hasText: /ours\/northwind: (Complete|Unchanged)/}).waitFor({state: 'attached', timeout: 120_000})
  expect(await order({do: 'gateway-log'})).toMatch(new RegExp(`action=run subject=ours/northwind by=${account} from=\\S+ status=202`))
  expect(await order<string[]>({do: 'asked', import: 'northwind'})).toContain(`patch by ${account}`)
  await page.goto('/?mine=true')
  await page.locator('tr[data-import=northwind]').waitFor()
  expect(await page.locator('tr[data-import]').count()).toBe(1)
  await page.goto('/')
  await page.locator('tr[data-import=of-others]').waitFor()
})

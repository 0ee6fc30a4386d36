/** Logging in by token: what a person sees, and what becomes of the token. */
import {afterAll, afterEach, beforeAll, expect, it} from 'vitest'
import type {Browser, BrowserContext} from 'playwright-core'
import {complaints, launch} from '../browser'
import {order} from '../orders'
import {aBrowser, about, exhaust, kept, logIn, someone, submit, where} from './people'

let browser: Browser
const contexts: BrowserContext[] = []

beforeAll(async () => {
  browser = await launch()
})
afterEach(() => Promise.all(contexts.splice(0).map((each) => each.close())))
afterAll(() => browser.close())

async function person(address?: string): Promise<BrowserContext> {
  const context = await aBrowser(browser, {}, address)
  contexts.push(context)
  return context
}

it('a wrong token is refused with what to do, and the right one leads on to where one was going', async () => {
  const {name, token} = await someone()
  const context = await person()
  const page = await context.newPage()
  const said = complaints(page)
  await page.goto(about('ours', 'northwind'))
  await page.waitForURL(/\/login\/\?next=/)
  await submit(page, `${token}x`)
  const refused = page.getByRole('alert').filter({hasText: 'does not take this token'})
  await refused.waitFor()
  expect(await refused.textContent()).toContain('Paste the whole of it, or make a new one.')
  const field = page.locator('#token')
  expect(await field.evaluate((input) => input === document.activeElement)).toBe(true)
  expect(await field.getAttribute('aria-invalid')).toBe('true')
  expect(await kept(page)).not.toContain(token.slice(0, 40))
  await submit(page, 'two words')
  await page.getByRole('alert').filter({hasText: 'This is no token'}).waitFor()
  await submit(page, `  Bearer ${token} `)
  await page.waitForURL(/\/import\/\?ns=ours&name=northwind/)
  await page.locator('[data-connection=live]').waitFor()
  await page.getByRole('button', {name: `Log out ${name}`}).waitFor()
  expect(said).toEqual([])
})

it('a token stands in no address, console, cookie or log, and leaves the tab with log-out', async () => {
  const {token} = await someone()
  const context = await person()
  const seen: string[] = []
  context.on('request', (request) => seen.push(request.url()))
  context.on('console', (message) => seen.push(message.text()))
  context.on('page', (page) => page.on('websocket', (socket) => seen.push(socket.url())))
  const page = await logIn(context, token, '/', 'tr[data-import=northwind]')
  page.on('framenavigated', (frame) => seen.push(frame.url()))
  await page.getByRole('link', {name: 'northwind', exact: true}).first().click()
  await page.getByRole('button', {name: 'Suspend', exact: true}).waitFor()
  expect(await kept(page)).toContain(token)
  const other = await context.newPage()
  await other.goto('/')
  await other.waitForURL(/\/login\//)
  expect(await kept(other)).not.toContain(token)
  await page.getByRole('button', {name: /^Log out/}).click()
  await page.waitForURL((url) => url.pathname === '/login/' && url.search === '')
  expect(await kept(page)).not.toContain(token)
  await page.goto(about('ours', 'northwind'))
  await page.waitForURL(/\/login\//)
  expect(seen.some((each) => each.includes('/socket.io/'))).toBe(true)
  expect(seen.filter((each) => each.includes(token.slice(-40)))).toEqual([])
  expect(await order({do: 'gateway-log'})).not.toContain(token.slice(-40))
})

it('an address that guessed too often waits, is told how long, and those logged in stay so', async () => {
  const address = '203.0.113.66'
  const {token} = await someone()
  const context = await person(address)
  const inside = await logIn(context, token, '/', 'tr[data-import=northwind]')
  const page = await context.newPage()
  await page.goto('/login/')
  const fresh = (await someone()).token
  await page.locator('#token').fill(fresh)
  await exhaust(address) // right before the press: a try comes back every two seconds
  await page.getByRole('button', {name: 'Log in', exact: true}).click()
  const told = page.getByRole('status').filter({hasText: 'Too many invalid tokens'})
  await told.waitFor()
  const left = async () => Number(/try again in (\d+) s/.exec((await told.textContent()) ?? '')?.[1])
  const first = await left()
  expect(first).toBeGreaterThan(0)
  expect(await page.getByRole('button', {name: 'Log in', exact: true}).isDisabled()).toBe(true)
  await inside.reload()
  await inside.locator('tr[data-import=northwind]').waitFor()
  await told.waitFor({state: 'detached', timeout: (first + 30) * 1000})
  await page.getByRole('button', {name: 'Log in', exact: true}).click()
  await page.waitForURL((url) => url.pathname === '/')
})

it('waiting at the log-in page asks for nothing, so that it uses up no tries', async () => {
  const context = await person('203.0.113.9')
  const page = await context.newPage()
  const asked: string[] = []
  page.on('request', (request) => asked.push(request.url()))
  page.on('websocket', (socket) => asked.push(socket.url()))
  await page.goto('/login/?ended=token')
  await page.getByText('Your session is over').waitFor()
  await page.waitForTimeout(4000)
  const told = asked.filter((each) => /api|socket\.io/.test(each)).map((each) => new URL(each).pathname)
  expect(told).toEqual(['/api/v1/session'])
  expect(where().url).toContain('127.0.0.1')
})

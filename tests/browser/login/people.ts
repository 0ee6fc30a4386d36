/** People at the log-in page. */
import {expect, inject} from 'vitest'
import type {Browser, BrowserContext, Page} from 'playwright-core'
import {newContext, type View} from '../browser'
import {order} from '../orders'

export const where = () => inject('where')

let made = 0

/** A new account with rights; gives its name and its token. */
export async function someone(verbs?: string, namespaces = ['ours']): Promise<{name: string; token: string}> {
  made += 1
  const name = `user-${Date.now()}-${made}`
  return {name, token: await order({do: 'user', name, verbs, namespaces})}
}

/** A browser of its own; `address` is where its requests come from, as a proxy tells the gateway. */
export async function aBrowser(browser: Browser, view: View = {}, address = '203.0.113.1'): Promise<BrowserContext> {
  const context = await newContext(browser, where().url, view)
  await context.setExtraHTTPHeaders({'X-Forwarded-For': address})
  return context
}

export async function submit(page: Page, token: string): Promise<void> {
  await page.locator('#token').fill(token)
  await page.getByRole('button', {name: 'Log in', exact: true}).click()
}

/** Log in, and wait for a page that is live. */
export async function logIn(context: BrowserContext, token: string, path = '/', ready = 'main'): Promise<Page> {
  const page = await context.newPage()
  await page.goto(path)
  await page.waitForURL(/\/login\//)
  await submit(page, token)
  await page.waitForURL((url) => !url.pathname.startsWith('/login'))
  await page.locator('[data-connection=live]').waitFor()
  await page.locator(ready).first().waitFor()
  return page
}

export const about = (namespace: string, name: string) => `/import/?ns=${namespace}&name=${name}`

/** All that the browser keeps beyond this page's own memory. */
export async function kept(page: Page): Promise<string> {
  const storage = await page.evaluate(() => JSON.stringify([{...sessionStorage}, {...localStorage}, document.cookie]))
  return `${storage} ${JSON.stringify(await page.context().cookies())}`
}

/** Use up what an address may try. */
export async function exhaust(address: string): Promise<void> {
  for (const gateway of where().gateways.split(',')) {
    let status = 0
    for (let guess = 0; guess < 60 && status !== 429; guess += 1) {
      const headers = {Authorization: `Bearer guess-${guess}-${Date.now()}`, 'X-Forwarded-For': address}
      status = (await fetch(`${gateway}/api/v1/session`, {headers})).status
    }
    expect(status).toBe(429)
  }
}

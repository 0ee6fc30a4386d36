/** The states around logging in, each as its own page shows it. */
import type {BrowserContext, Page} from 'playwright-core'
import {about, exhaust, logIn, someone, submit} from './people'

type State = (context: BrowserContext, address: string) => Promise<Page>

async function atLogin(context: BrowserContext, query = ''): Promise<Page> {
  const page = await context.newPage()
  await page.goto(`/login/${query}`)
  await page.locator('h1').waitFor()
  return page
}

async function inside(context: BrowserContext, path: string, verbs?: string): Promise<Page> {
  return logIn(context, (await someone(verbs)).token, path, 'h1')
}

/** How each is come to; `address` is where the requests of the browser come from. */
export const states: Record<string, State> = {
  login: (context) => atLogin(context),
  'login-wrong': async (context) => {
    const page = await atLogin(context)
    await submit(page, 'not-the-token')
    await page.getByRole('alert').filter({hasText: 'does not take this token'}).waitFor()
    return page
  },
  'login-limited': async (context, address) => {
    const page = await atLogin(context)
    const limited = page.getByText('Too many invalid tokens')
    const wrong = page.getByRole('alert').filter({hasText: 'does not take this token'})
    // A try comes back every few seconds: where the page was slow, it is used up again.
    do {
      await exhaust(address)
      await submit(page, 'not-the-token')
      await limited.or(wrong).first().waitFor()
    } while (!(await limited.isVisible()))
    return page
  },
  'login-ended': async (context) => {
    const page = await atLogin(context, '?ended=token&next=/')
    await page.getByText('Your session is over').waitFor()
    return page
  },
  'login-proxy': async (context) => {
    const page = await atLogin(context, '?ended=proxy&next=/')
    await page.getByRole('button', {name: 'Log in again'}).waitFor()
    return page
  },
  forbidden: async (context) => {
    const page = await inside(context, about('theirs', 'secret-plans'))
    await page.getByRole('heading', {name: 'This is not open to you'}).waitFor()
    return page
  },
  'looks-only': async (context) => {
    const page = await inside(context, about('ours', 'northwind'), 'get,list,watch')
    await page.getByText('Conditions').waitFor()
    return page
  },
}

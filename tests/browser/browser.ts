/** A real Chromium, and pages in it that note what must not happen. */
import {existsSync} from 'node:fs'
import {chromium, type Browser, type BrowserContext, type Page} from 'playwright-core'

export interface View {
  theme?: 'light' | 'dark'
  /** A phone's width instead of a desk's. */
  phone?: boolean
  zone?: string
  reducedMotion?: boolean
  /** Take an identity provider of a test's own, whose certificate nobody else knows. */
  anyIssuer?: boolean
}

export const DESK = {width: 1280, height: 900}
export const PHONE = {width: 390, height: 844}

const places = [process.env.CHROMIUM, '/usr/bin/chromium', '/usr/bin/chromium-browser', '/usr/bin/google-chrome']

/** Where Chromium is, or an error that says how to get it. */
export function chromiumPath(): string {
  const found = places.find((place) => place && existsSync(place))
  if (!found) throw new Error('Chromium is missing: run `make browser`, or name one in CHROMIUM.')
  return found
}

export function launch(): Promise<Browser> {
  const asRoot = process.getuid?.() === 0
  return chromium.launch({
    executablePath: chromiumPath(),
    args: [
      ...(asRoot ? ['--no-sandbox'] : []),
      '--disable-background-networking',
      '--disable-component-update',
      '--disable-sync',
      '--no-first-run',
      '--disable-gpu',
      '--disable-extensions',
      '--disable-dev-shm-usage',
    ],
  })
}

export async function newContext(browser: Browser, url: string, view: View = {}): Promise<BrowserContext> {
  const context = await browser.newContext({
    baseURL: url,
    ignoreHTTPSErrors: view.anyIssuer,
    viewport: view.phone ? PHONE : DESK,
    isMobile: view.phone,
    hasTouch: view.phone,
    colorScheme: view.theme ?? 'light',
    timezoneId: view.zone ?? 'Europe/Berlin',
    locale: 'en-GB',
    reducedMotion: view.reducedMotion ? 'reduce' : 'no-preference',
  })
  context.setDefaultTimeout(30_000)
  return context
}

/** What a page said that it should not have: errors of scripts, and what the policy refused. */
export function complaints(page: Page, found: string[] = []): string[] {
  page.on('pageerror', (error) => found.push(String(error)))
  page.on('console', (message) => {
    const text = message.text()
    if (message.type() === 'error' && !/Failed to load resource|WebSocket connection/.test(text)) found.push(text)
  })
  page.on('dialog', (dialog) => {
    found.push(`a dialog: ${dialog.message()}`)
    void dialog.dismiss()
  })
  return found
}

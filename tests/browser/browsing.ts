/** A browser for the tests of a file, in which each of them begins as somebody new. */
import {afterAll, afterEach, beforeAll, beforeEach, inject} from 'vitest'
import type {Browser, BrowserContext, Page} from 'playwright-core'
import {launch, newContext} from './browser'
import {open, type Shown} from './pages'

/** To be called once in a file; gives what opens a page in the context of the test that runs. */
export function browsing(): (place: Shown) => Promise<Page> {
  let browser: Browser
  let context: BrowserContext
  beforeAll(async () => {
    browser = await launch()
  })
  afterAll(() => browser.close())
  beforeEach(async () => {
    context = await newContext(browser, inject('url'))
  })
  afterEach(() => context.close())
  return (place) => open(context, place)
}

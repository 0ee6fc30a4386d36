/** A page as the README and the docs show it. */
import {statSync} from 'node:fs'
import path from 'node:path'
import type {Page} from 'playwright-core'
import {DESK, PHONE, type View} from './browser'

export const FOLDER = process.env.SCREENSHOTS_FOLDER ?? path.resolve(import.meta.dirname, '../../docs/screenshots')
const MOST_BYTES = 150_000

/** All pages and states in all looks and whole, to be judged; the docs show a part. */
export const EVERYTHING = Boolean(process.env.EVERYTHING)

/** Write a picture of a page; one that is too large is cut lower down: a reader looks at what comes first. */
export async function pictured(page: Page, name: string, view: View): Promise<void> {
  const file = path.join(FOLDER, `${name}.png`)
  const {width, height} = view.phone ? {...PHONE, height: 1200} : {...DESK, height: 1000}
  if (EVERYTHING) {
    await page.screenshot({path: file, animations: 'disabled', fullPage: true})
    return
  }
  const whole = await page.evaluate(() => document.documentElement.scrollHeight)
  for (let high = Math.min(height, whole); ; high = Math.floor(high * 0.9)) {
    await page.setViewportSize({width, height: high})
    await page.evaluate(() => scrollTo(0, 0))
    await page.screenshot({path: file, animations: 'disabled'})
    if (statSync(file).size <= MOST_BYTES) break
  }
}

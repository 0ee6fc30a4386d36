/** What holds of every page in every look: nothing that axe finds, nothing wider than the screen. */
import {readFileSync} from 'node:fs'
import path from 'node:path'
import {expect} from 'vitest'
import type {AxeResults} from 'axe-core'
import type {Page} from 'playwright-core'
import {PHONE} from './browser'

const AXE = readFileSync(path.resolve(import.meta.dirname, '../../frontend/node_modules/axe-core/axe.min.js'), 'utf8')

/** What axe finds, by all its rules or by some of them. */
async function violations(page: Page, rules: string[] = []): Promise<string[]> {
  const found = await page.evaluate((only) => {
    const {axe} = window as unknown as {axe: {run: (options: object) => Promise<AxeResults>}}
    return axe.run(only.length > 0 ? {runOnly: only} : {})
  }, rules)
  return found.violations.flatMap(({id, nodes}) => nodes.map((node) => `${id}: ${node.html.slice(0, 160)}`))
}

/** Nothing is wider than the screen but what scrolls by itself. */
const overflow = (page: Page) =>
  page.evaluate(() => document.documentElement.scrollWidth - document.documentElement.clientWidth)

/** What axe finds on a page in light, dark and phone width, by its name and look; it must fit a phone. */
export async function faultsOf(page: Page, name: string): Promise<Record<string, string[]>> {
  const found: Record<string, string[]> = {}
  const note = async (how: string, rules?: string[]) => {
    const wrong = await violations(page, rules)
    if (wrong.length > 0) found[`${name} ${how}`] = wrong
  }
  await page.evaluate(AXE)
  await note('light')
  await page.evaluate(() => (document.documentElement.dataset.theme = 'dark'))
  // The theme changes colours and nothing else.
  await note('dark', ['color-contrast'])
  await page.setViewportSize(PHONE)
  await note('phone')
  expect(await overflow(page), `${name} is wider than a phone`).toBeLessThanOrEqual(0)
  return found
}

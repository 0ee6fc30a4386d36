/** The states around logging in, for everybody: no violation that axe finds, and they fit a phone. */
import {afterAll, beforeAll, expect, it} from 'vitest'
import type {Browser} from 'playwright-core'
import {faultsOf} from '../axe'
import {launch} from '../browser'
import {aBrowser} from './people'
import {states} from './states'

let browser: Browser

beforeAll(async () => {
  browser = await launch()
})
afterAll(() => browser.close())

it.each(Object.keys(states))('axe finds nothing in %s in light, dark and phone width', async (name) => {
  const address = `198.51.100.${Object.keys(states).indexOf(name) + 1}`
  const context = await aBrowser(browser, {reducedMotion: true}, address)
  const page = await states[name]?.(context, address)
  expect(page && (await faultsOf(page, name))).toEqual({})
  await context.close()
})

/** The part of `make screenshots` that needs somebody to log in. */
import {mkdirSync} from 'node:fs'
import {afterAll, beforeAll, it} from 'vitest'
import type {Browser} from 'playwright-core'
import {launch, type View} from '../browser'
import {EVERYTHING, FOLDER, pictured} from '../picture'
import {aBrowser} from './people'
import {states} from './states'

let browser: Browser
let turn = 0

beforeAll(async () => {
  browser = await launch()
  mkdirSync(FOLDER, {recursive: true})
})
afterAll(() => browser.close())

async function shoot(name: string, look: string, view: View): Promise<void> {
  const address = `198.51.100.${100 + (turn += 1)}`
  const context = await aBrowser(browser, {...view, reducedMotion: true}, address)
  const page = await states[name]?.(context, address)
  if (page) await pictured(page, `${name}${look}`, view)
  await context.close()
}

const shown = EVERYTHING ? Object.keys(states) : ['login', 'forbidden']
const looks: [string, View][] = [
  ['', {}],
  ...(EVERYTHING ? [['-dark', {theme: 'dark'}] as [string, View]] : []),
  ['-phone', {phone: true}],
]

it('writes the states around logging in', async () => {
  for (const name of shown) for (const [look, view] of looks) await shoot(name, look, view)
}, 600_000)

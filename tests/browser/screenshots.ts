/** `make screenshots`: every page as the README and the docs show it. */
import {mkdirSync, rmSync} from 'node:fs'
import {afterAll, beforeAll, expect, inject, it} from 'vitest'
import type {Browser} from 'playwright-core'
import {launch, newContext, type View} from './browser'
import {order} from './orders'
import {latestRun, open, somePosting} from './pages'
import {EVERYTHING, FOLDER, pictured} from './picture'
import {places, type Place} from './places'

const MOST_FILES = 24
const RUNS = 6

const url = inject('url')
let browser: Browser
let all: Place[]

beforeAll(async () => {
  browser = await launch()
  await history()
  all = places(await latestRun(url, 'lakeside'), await somePosting(url, 'northwind'))
  rmSync(FOLDER, {recursive: true, force: true})
  mkdirSync(FOLDER, {recursive: true})
}, 600_000)
afterAll(() => browser.close())

/** Some days of an import's life in a minute: postings change, come and go; then a run that is held at its middle. */
async function history(): Promise<void> {
  for (let run = 1; run <= RUNS; run += 1) {
    const numbers = Array.from({length: 40 + ((run * 37) % 160)}, (_, index) => index * 3 + run)
    const remove = Array.from({length: (run * 13) % 30}, (_, index) => 900 + run * 30 + index)
    await order({do: 'change', feed: 'northwind', numbers, remove})
    await order({do: 'run', import: 'northwind'})
  }
  await order({do: 'hold'})
  await fetch(`${url}/api/v1/imports/default/harbour/runs`, {method: 'POST'})
}

async function shoot(name: string, place: Place, view: View): Promise<void> {
  const context = await newContext(browser, url, {...view, reducedMotion: true})
  try {
    const page = await open(context, place)
    await pictured(page, name, view)
  } finally {
    await context.close()
  }
}

const named = (name: string) => {
  const found = all.find((place) => place.name === name)
  if (!found) throw new Error(`there is no page ${name}`)
  return found
}

const inLight = ['overview', 'import', 'run', 'records', 'posting', 'rejects', 'new', 'edit', 'workers', 'palette']
const inDark = EVERYTHING ? inLight : ['overview', 'import', 'run', 'posting', 'new']
const onPhone = EVERYTHING ? inLight : ['overview', 'import', 'run', 'records', 'rejects', 'new', 'edit', 'workers']

it('writes every page in light, dark and phone width', async () => {
  if (!EVERYTHING) expect(inLight.length + inDark.length + onPhone.length).toBeLessThanOrEqual(MOST_FILES)
  for (const name of inLight) await shoot(name, named(name), {})
  for (const name of inDark) await shoot(`${name}-dark`, named(name), {theme: 'dark'})
  for (const name of onPhone) await shoot(`${name}-phone`, named(name), {phone: true})
  await order({do: 'release'})
}, 600_000)

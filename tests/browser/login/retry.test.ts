/** A retry that is refused because the page is behind the truth: it says why, and what to do. */
import {afterAll, beforeAll, expect, it} from 'vitest'
import type {Browser, Page} from 'playwright-core'
import {launch} from '../browser'
import {order} from '../orders'
import {aBrowser, about, logIn, someone} from './people'

const RETRY = 'jobimport.dev/retry-requested'
let browser: Browser

beforeAll(async () => {
  browser = await launch()
})
afterAll(() => browser.close())

const kubectl = (...rest: string[]) => order({do: 'kubectl', arguments: ['-n', 'lab', ...rest]})

/** Let the page go on with what it read last: what it asks for about the import does not arrive. */
const frozen = (page: Page) =>
  page.route('**/api/v1/imports/lab/halves', (route) => (route.request().method() === 'GET' ? route.abort() : route.continue()))

async function refusal(page: Page): Promise<string> {
  await page.getByRole('button', {name: 'Retry failed pages of south'}).click()
  const notice = page.getByRole('status').locator('p', {hasText: 'halves: '})
  const said = (await notice.textContent()) ?? ''
  await notice.getByRole('button', {name: 'Close this message'}).click()
  await notice.waitFor({state: 'detached'})
  return said
}

it('says what stands against it, of each kind, and shows the truth when it can be read again', async () => {
  const {name, token} = await someone(undefined, ['lab'])
  await order({do: 'status', run: 'run-1', partitions: {north: 'Failed', south: 'Failed'}})
  const context = await aBrowser(browser, {}, '203.0.113.31')
  const page = await logIn(context, token, about('lab', 'halves'), 'text=Retry failed pages of south')
  await frozen(page)

  await kubectl('annotate', 'ji', 'halves', `${RETRY}=first partition=north`)
  expect(await refusal(page)).toContain("A retry of partition 'north' waits to be begun: ask for 'south' again after that.")
  await kubectl('annotate', 'ji', 'halves', `${RETRY}-`)

  await order({do: 'status', run: 'run-2', partitions: {north: 'Failed', east: 'Failed'}})
  await expect.poll(() => refusal(page), {timeout: 60_000}).toContain(
    "Run run-2 has no partition 'south'; partitions in which something failed: north, east.",
  )

  await order({do: 'status', run: 'run-3', partitions: {north: 'Complete', south: 'Complete'}})
  await expect.poll(() => refusal(page), {timeout: 60_000}).toContain(
    "No page of partition 'south' failed in run run-3 (verdict Complete): request a run to walk it anew.",
  )

  await order({do: 'status', run: 'run-4', partitions: {north: 'Failed', south: 'Failed'}})
  await kubectl('delete', 'rolebinding', name)
  await kubectl('create', 'role', `${name}-looks`, '--verb=get,list', '--resource=jobimports.jobimport.dev')
  await kubectl('create', 'rolebinding', name, `--role=${name}-looks`, `--serviceaccount=lab:${name}`)
  expect(await refusal(page)).toMatch(/may not|cannot patch/)
  expect(await refusal(page)).toContain('ask who manages RBAC there')
  expect(await kubectl('get', 'ji', 'halves', '-o', 'jsonpath={.metadata.annotations}')).not.toContain(RETRY)

  await page.unroute('**/api/v1/imports/lab/halves')
  const retry = page.getByRole('button', {name: /^Retry failed pages of south/})
  await expect.poll(() => retry.getAttribute('title'), {timeout: 60_000}).toContain('it needs the verb patch on jobimports in lab')
  await context.close()
})

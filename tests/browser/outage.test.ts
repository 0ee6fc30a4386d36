/** Redis or MongoDB away: a page says what it cannot know, and heals without a press. */
import {afterEach, expect, it} from 'vitest'
import {browsing} from './browsing'
import {order} from './orders'

const about = 'ns=default&name=northwind'
const open = browsing()

afterEach(async () => {
  await order({do: 'join', store: 'mongodb'})
  await order({do: 'join', store: 'redis'})
})

it('lists that failed while MongoDB was away come back by themselves', async () => {
  const records = await open({path: `/records/?${about}`, ready: 'section[aria-label=Postings] table'})
  const overview = await open({path: '/', ready: 'tr[data-import=northwind]'})
  const rejects = await open({path: '/', ready: 'tr[data-import=northwind]'})
  await order({do: 'cut', store: 'mongodb'})
  await records.getByLabel('Search postings').fill('northwind-00000')
  await rejects.goto(`/rejects/?${about}`)
  await overview.reload()
  for (const page of [records, rejects]) await page.getByText('Not known right now').first().waitFor({timeout: 60_000})
  const unknown = overview.getByText('MongoDB cannot be reached').first()
  await unknown.waitFor()
  expect(await overview.locator('tr[data-import=northwind]').count()).toBe(1)
  await order({do: 'join', store: 'mongodb'})
  await records.getByRole('region', {name: 'Postings', exact: true}).getByText(/northwind-00000\d/).first().waitFor({timeout: 60_000})
  await rejects.getByText('northwind-000321', {exact: true}).waitFor({timeout: 60_000})
  await unknown.waitFor({state: 'detached', timeout: 60_000})
  for (const page of [records, rejects, overview]) expect(await page.getByRole('alert').filter({hasText: /\S/}).count()).toBe(0)
})

it('while Redis is away the workers are not known, and are again when it is back', async () => {
  const overview = await open({path: '/', ready: 'tr[data-import=northwind]'})
  const workers = await open({path: '/pools/', ready: 'table'})
  await order({do: 'cut', store: 'redis'})
  await overview.getByText('What the workers do is not known right now').waitFor({timeout: 60_000})
  await workers.getByText(/Redis cannot be reached/).first().waitFor({timeout: 60_000})
  await order({do: 'join', store: 'redis'})
  await overview.getByRole('region', {name: 'Workers and queue'}).getByText(/worker/).first().waitFor({timeout: 60_000})
  await overview.getByText('What the workers do is not known right now').waitFor({state: 'detached', timeout: 60_000})
  await workers.getByText(/Redis cannot be reached/).first().waitFor({state: 'detached', timeout: 60_000})
  expect(await order({do: 'run', import: 'village-board'})).toMatch(/Complete|Unchanged/)
})

/** From nothing to an import that runs, and its mending, in the browser. */
import {expect, it} from 'vitest'
import {browsing} from './browsing'
import {order} from './orders'
import {previewOf} from './pages'

const open = browsing()

it('a preset is previewed by a worker, dry run, applied, and runs', async () => {
  const page = await open({path: '/new/', ready: '#manifest'})
  await previewOf(page, 'village-board')
  await page.getByRole('region', {name: 'Preview'}).first().getByText(/60 records on this page/).waitFor()
  expect(await page.getByRole('button', {name: /^Apply/}).getAttribute('aria-disabled')).toBe('true')
  await page.getByRole('button', {name: 'Dry run', exact: true}).click()
  await page.getByText('It would be new').waitFor()
  await page.getByRole('button', {name: 'Apply', exact: true}).click()
  await page.getByRole('link', {name: 'See the import'}).click()
  await page.waitForURL(/name=harvest/)
  await page.getByRole('heading', {name: 'harvest'}).waitFor()
  expect(await order({do: 'run', import: 'harvest'})).toBe('Complete')
})

it('a wrong spec is told line by line while it is written, and mended with a diff', async () => {
  const page = await open({path: '/edit/?ns=default&name=to-mend', ready: '#manifest'})
  await page.getByText("unknown function 'titel'").last().waitFor()
  await page.getByRole('button', {name: /^Line \d+/}).first().click()
  const text = await page.locator('#manifest').inputValue()
  await page.locator('#manifest').fill(text.replace('titel(title)', 'title'))
  await page.getByText('Valid:').waitFor()
  await page.getByRole('button', {name: 'Dry run', exact: true}).click()
  const diff = page.getByRole('region', {name: 'What would change'})
  await diff.getByText('+    title: title').waitFor()
  await page.getByRole('button', {name: 'Apply', exact: true}).click()
  await page.getByText('Changed.').waitFor()
  await page.goto('/import/?ns=default&name=to-mend')
  await page.getByText('Ready: True').waitFor({timeout: 60_000})
})

/** What was stored, what was refused, and why. */
import {readFile} from 'node:fs/promises'
import {describe, expect, inject, it} from 'vitest'
import {browsing} from './browsing'
import {order} from './orders'

const url = inject('url')
const about = 'ns=default&name=northwind'
const open = browsing()

describe('records', () => {
  it('are searched on the server, and one shows what changed field by field', async () => {
    await order({do: 'change', feed: 'northwind', numbers: [5], remove: [6]})
    await order({do: 'run', import: 'northwind'})
    const page = await open({path: `/records/?${about}`, ready: 'section[aria-label=Postings] table'})
    await page.getByLabel('Search postings').fill('northwind-000005')
    await page.waitForURL(/q=northwind-000005/)
    await page.getByText('northwind-000005').waitFor()
    await page.getByRole('link', {name: /edition \d/}).click()
    const timeline = page.getByRole('region', {name: 'Timeline'})
    await timeline.locator('dd', {hasText: /\(edition/}).locator('ins', {hasText: /\d\)/}).first().waitFor()
    await timeline.getByText('First seen').waitFor()
  })
  it('are turned page by page, and one that was opened leads back to where it was found', async () => {
    const page = await open({path: `/records/?${about}&sort=title`, ready: 'section[aria-label=Postings] table'})
    const list = page.getByRole('region', {name: 'Postings', exact: true})
    const opens = () => list.locator('tbody a').first().getAttribute('href')
    const top = new URL((await opens()) ?? '', url).searchParams.get('id')
    await list.getByRole('button', {name: 'Next'}).click()
    await list.getByText(/^26–50 of 1,/).waitFor()
    const here = page.url()
    const second = await opens()
    expect(second).not.toContain(top)
    await list.locator('tbody a').first().click()
    await page.getByRole('region', {name: 'Timeline'}).waitFor()
    await page.reload()
    await page.getByRole('link', {name: 'Back to the list'}).click()
    await list.getByText(/^26–50 of 1,/).waitFor()
    expect(page.url()).toBe(here)
    expect(await opens()).toBe(second)
    await list.getByRole('button', {name: 'Previous'}).click()
    await list.getByText(/^1–25 of 1,/).waitFor()
    expect(await opens()).toContain(top)
    await list.getByRole('button', {name: 'Next'}).click()
    await list.getByText(/^26–50 of 1,/).waitFor()
    await list.getByRole('button', {name: 'All', exact: true}).click()
    await list.getByText(/^1–25 of 1,/).waitFor()
  })
  it('tell why a job is here, and why another is not', async () => {
    const page = await open({path: `/records/?${about}`, ready: '#why'})
    const ask = async (what: string, answer: string) => {
      await page.getByLabel('Why is this job here, or not?').fill(what)
      await page.getByRole('button', {name: 'Ask'}).click()
      await page.getByRole('region', {name: 'Why is a job here, or not'}).getByText(answer, {exact: true}).waitFor()
    }
    await ask('https://jobs.example/northwind/5', 'Open')
    await ask('northwind-000006', 'Closed')
    await ask('northwind-000321', 'Rejected')
    await ask('https://jobs.example/northwind/999999', 'Never seen')
  })
})

describe('rejects', () => {
  it('are grouped by reason, and show what the source sent', async () => {
    const page = await open({path: `/rejects/?${about}`, ready: 'section[aria-label="By reason"] li'})
    await page.getByRole('button', {name: /title/}).first().click()
    await page.waitForURL(/reason=/)
    await page.getByText('northwind-000321', {exact: true}).click()
    await page.getByRole('region', {name: /Raw record northwind-000321/}).getByText('"employer"').waitFor()
    const [asked] = await Promise.all([page.waitForRequest(/rejects\/replay$/), page.getByRole('button', {name: 'Replay these'}).click()])
    expect(asked.postDataJSON()).toEqual({reason: new URL(page.url()).searchParams.get('reason')})
    await page.getByText(/3 were rejected again/).waitFor({timeout: 60_000})
  })
  it('are replayed by a worker at a press, and what came of it is said', async () => {
    const page = await open({path: `/rejects/?${about}`, ready: 'section[aria-label="By reason"] li'})
    await page.getByRole('button', {name: 'Replay all'}).click()
    await page.getByText(/3 were rejected again/).waitFor({timeout: 60_000})
    await page.getByRole('button', {name: 'Replay all'}).waitFor()
  })
  it('become postings when the mapping is mended and they are replayed', async () => {
    const orchard = 'ns=default&name=orchard'
    const page = await open({path: `/rejects/?${orchard}`, ready: 'section[aria-label="By reason"] li'})
    await page.getByText('orchard-000007', {exact: true}).waitFor()
    await page.getByRole('link', {name: 'Edit'}).click()
    const text = await page.locator('#manifest').inputValue()
    await page.locator('#manifest').fill(text.replace('title: title\n', 'title: title || employer.name\n'))
    await page.getByText('Valid:').waitFor()
    await page.getByRole('button', {name: 'Dry run', exact: true}).click()
    await page.getByRole('region', {name: 'What would change'}).getByText('title || employer.name').waitFor()
    await page.getByRole('button', {name: 'Apply', exact: true}).click()
    await page.getByText('Changed.').waitFor()
    await page.getByRole('link', {name: 'Rejects (1)'}).click()
    await page.getByRole('button', {name: 'Replay all'}).click()
    await page.getByText('Nothing is in quarantine').waitFor({timeout: 60_000})
    await page.getByRole('link', {name: 'Records'}).click()
    await page.getByLabel('Search postings').fill('orchard-000007')
    await page.waitForURL(/q=orchard-000007/)
    const list = page.getByRole('region', {name: 'Postings', exact: true})
    await list.getByRole('link', {name: /^Orchard /}).click()
    await page.getByRole('region', {name: 'Timeline'}).getByText('First seen').waitFor()
    expect(await page.getByRole('button', {name: /^Replay rejects/}).getAttribute('title')).toBe('Nothing is in quarantine.')
  })
  it('are downloaded as lines of JSON', async () => {
    const page = await open({path: `/rejects/?${about}`, ready: 'section[aria-label="By reason"] li'})
    const [download] = await Promise.all([page.waitForEvent('download'), page.getByRole('button', {name: 'Download'}).click()])
    const lines = (await readFile(await download.path(), 'utf8')).trim().split('\n')
    expect(lines.map((line) => (JSON.parse(line) as {externalId: string}).externalId)).toContain('northwind-000321')
  })
})

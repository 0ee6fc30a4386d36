import {describe, expect, it} from 'vitest'
import {plain} from '@/format'
import {keptPreferences} from '@/preferences'
import type {RunDetail} from '@/types'
import {manifestOf, namespaceOf, emptyDraft} from '@/ui/authoring/manifest'
import {safeNext} from '@/ui/login/attempt'
import {completeness} from '@/ui/run/sentence'
import {webAddress} from '@/ui/records/safe-link'

const run = (over: Partial<RunDetail>) => ({message: '', closed: 0, partitions: [], ...over}) as unknown as RunDetail
const partition = {key: 'all', verdict: 'Complete', message: '', records: 4012, advertised: 4020, failedPages: 0, closed: 0, held: 0}

describe('the sentence of a run', () => {
  it('says how much of what was advertised came, and why nothing was closed', () => {
    const partial = run({partitions: [{...partition, verdict: 'Partial'}], message: '8 records lack.'})
    expect(completeness(partial)).toBe('4,012 of 4,020 advertised; nothing closed because the walk is partial. 8 records lack.')
    const guarded = run({partitions: [{...partition, held: 40}]})
    expect(completeness(guarded)).toBe('4,012 of 4,020 advertised; nothing closed because the guard held 40 back.')
  })
  it('does not say twice what the message says', () => {
    const message = '4,012 of 4,020 advertised records seen; 3 closed.'
    expect(completeness(run({partitions: [partition], message}))).toBe(message)
  })
  it('says nothing of a total that is not known', () => {
    expect(completeness(run({partitions: [{...partition, advertised: null}], message: '12 records seen.'}))).toBe('12 records seen.')
  })
})

describe('what others wrote', () => {
  it('becomes a link only where it is an address of the web', () => {
    expect(webAddress('https://jobs.example/1')).toBe('https://jobs.example/1')
    for (const bad of ['javascript:alert(1)', ' JaVaScRiPt:alert(1)', 'data:text/html,x', 'vbscript:x', 'file:///etc/passwd', '/x', null, 7]) {
      expect(webAddress(bad)).toBeNull()
    }
  })
  it('is read as text where it is HTML', () => {
    expect(plain('<p>Senior <b>Welder</b></p><script>x()')).toBe('Senior Welder x()')
    expect(plain('5 < 6')).toBe('5 < 6')
  })
  it('does not lead the log-in away from this site', () => {
    for (const bad of ['https://evil.example', '//evil.example', '/\\evil.example', 'javascript:alert(1)', '/login/?next=/', '']) {
      expect(safeNext(bad)).toBe('/')
    }
    expect(safeNext('/import/?ns=a&name=b')).toBe('/import/?ns=a&name=b')
  })
  it('in preferences that cannot be read is taken for none', () => {
    expect(keptPreferences()).toEqual({zone: 'local', views: []})
  })
})

describe('the YAML of a new import', () => {
  it('names the preset with the parameters that were filled in', () => {
    const text = manifestOf({...emptyDraft, name: 'acme', preset: 'lever', parameters: {site: 'acme', lang: ''}})
    expect(text).toContain('name: acme')
    expect(text).toContain('site: acme')
    expect(text).not.toContain('lang')
    expect(namespaceOf(text)).toBe('default')
  })
  it('keeps what looks like YAML in a name a text', () => {
    expect(manifestOf({...emptyDraft, name: 'a: {b}', namespace: 'team-a'})).toContain('"a: {b}"')
    expect(namespaceOf('not: [yaml')).toBe('default')
  })
})

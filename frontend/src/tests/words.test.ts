import {describe, expect, it} from 'vitest'
import {actions, reasonAgainst, type Offered} from '@/actions'
import {count, duration, plain, relative} from '@/format'
import type {ImportSummary} from '@/types'
import {badgeOf, healthOf, stateOf} from '@/ui/state'

const imp = (over: Partial<ImportSummary>): ImportSummary =>
  ({namespace: 'x', name: 'y', stalled: false, suspended: false, currentRun: null, lastRun: null, ...over}) as ImportSummary

describe('words and numbers', () => {
  it('shows what is not known as a dash, not as 0', () => {
    expect(count(null)).toBe('–')
    expect(count(0)).toBe('0')
    expect(count(12000)).toBe('12,000')
  })
  it('says times as a person does', () => {
    const now = Date.parse('2026-01-01T00:00:00Z')
    expect(relative('2025-12-31T23:57:00Z', now)).toBe('3 min ago')
    expect(relative('2026-01-01T02:00:00Z', now)).toBe('in 2 h')
    expect(duration(75)).toBe('1 min 15 s')
  })
})

describe('HTML in a timeline', () => {
  it('is shown by its words, also where a piece was cut out of it', () => {
    expect(plain('<p>You keep <b>records</b>.</p>')).toBe('You keep records .')
    expect(plain('…ong>Cook in Aarhus.</p><p>We answer within a w…')).toBe('… Cook in Aarhus. We answer within a w…')
    expect(plain('a < b')).toBe('a < b')
  })
})

describe('actions', () => {
  const why = (id: string, one: ImportSummary) => actions.find((each) => each.id === id)?.disabled(one)
  it('say why they cannot be done', () => {
    const run = {id: 'r', reason: '', startedAt: '', progress: null}
    expect(why('runs', imp({currentRun: run}))).toBe('A run is in progress.')
    expect(why('runs', imp({suspended: true}))).toContain('suspended')
    expect(why('cancel', imp({}))).toBe('Nothing is running.')
    expect(why('cancel', imp({currentRun: run}))).toBeNull()
    expect(why('runs', imp({}))).toBeNull()
    expect(why('replay', {...imp({}), rejects: 0} as Offered)).toBe('Nothing is in quarantine.')
    expect(why('replay', {...imp({stalled: true}), rejects: 3} as Offered)).toContain('mended')
    expect(why('replay', {...imp({}), rejects: 3} as Offered)).toBeNull()
  })
  it('say which right is missing, each of them', () => {
    for (const action of actions) {
      const able = {...imp({lastRun: {verdict: 'Failed'} as ImportSummary['lastRun']}), rejects: 3, permissions: {patch: false, delete: false}}
      const why = reasonAgainst({...action, disabled: () => null}, able as Offered)
      expect(why, action.id).toContain('needs the verb patch on jobimports in x')
    }
  })
})

describe('the state of an import', () => {
  it('is one word: what goes on now, else what the last run came to', () => {
    expect(stateOf(imp({stalled: true}))).toBe('Stalled')
    expect(badgeOf(imp({lastRun: {verdict: 'Partial'} as ImportSummary['lastRun']}))).toBe('Partial')
    expect(badgeOf(imp({}))).toBe('New')
  })
  it('is said in a sentence, what needs somebody first', () => {
    expect(healthOf(imp({message: 'Ready.', attention: 'Two runs failed.'}))).toBe('Two runs failed.')
    expect(healthOf(imp({attention: 'Stalled (InvalidSpec): spec.mapping: no title'}))).toBe('spec.mapping: no title')
    expect(healthOf(imp({attention: 'The last run is Partial: 1 page failed.'}))).toBe('1 page failed.')
    expect(healthOf(imp({message: 'Waits for its first run.'}))).toBe('Waits for its first run.')
  })
})

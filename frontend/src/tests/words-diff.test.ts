/** What changed in a text, as a timeline shows it. */
import {describe, expect, it} from 'vitest'
import {changedWords} from '@/words-diff'

const marked = (before: string, after: string) =>
  changedWords(before, after)
    .map(({kind, text}) => ({same: text, gone: `[-${text}-]`, new: `[+${text}+]`})[kind])
    .join('')

describe('changed words', () => {
  it('are marked alone where most of a text stays', () => {
    expect(marked('Senior Cook (edition 2)', 'Senior Cook (edition 3)')).toBe('Senior Cook (edition[- 2)-][+ 3)+]')
    expect(marked('We pay well. Apply soon.', 'We pay well. Bring a friend. Apply soon.')).toBe(
      'We pay well.[+ Bring a friend.+] Apply soon.',
    )
    expect(marked('one two three four', 'one four')).toBe('one[- two three-] four')
  })
  it('are the whole text where little of it stays, or where it was empty', () => {
    expect(marked('Cook', 'Baker')).toBe('[-Cook-][+Baker+]')
    expect(marked('a b c d e f g h i j', 'a z y x w v u t s r')).toBe('[-a b c d e f g h i j-][+a z y x w v u t s r+]')
    expect(marked('–', 'EUR')).toBe('[-–-][+EUR+]')
  })
  it('give back both texts, whatever they are', () => {
    const texts = ['', ' ', 'a', 'a b', 'b a', 'a  b\nc', '<b>x</b> y', 'x y x y x', 'y x y']
    for (const before of texts) {
      for (const after of texts) {
        const found = changedWords(before, after)
        const side = (kind: string) => found.filter((each) => each.kind === 'same' || each.kind === kind).map(({text}) => text).join('')
        expect(side('new').trim()).toBe(after.trim())
        expect(side('gone').trim()).toBe(before.trim())
      }
    }
  })
  it('are not looked for in texts that are too long to compare at once', () => {
    const long = Array.from({length: 5000}, (_, index) => `w${index}`).join(' ')
    expect(changedWords(long, `${long} more`).map(({kind}) => kind)).toEqual(['gone', 'new'])
  })
})

/** A piece of a text beside another text: in both, only in the one before, or only in the one after. */
export interface Piece {
  kind: 'same' | 'gone' | 'new'
  text: string
}

/** More words than a change has to be looked at for: then the whole text is shown, before and after. */
const MOST_WORDS = 400
/** Where less stays than this, single words that stay are noise. */
const LEAST_SHARE = 0.3

const wordsOf = (text: string) => text.match(/\s*\S+/g) ?? []

/** What changed between two texts, word by word; the whole of both where little stays or they are long. */
export function changedWords(before: string, after: string): Piece[] {
  const old = wordsOf(before)
  const now = wordsOf(after)
  const whole: Piece[] = [
    {kind: 'gone', text: before},
    {kind: 'new', text: after},
  ]
  if (old.length > MOST_WORDS || now.length > MOST_WORDS) return whole
  const lengths = commonLengths(old, now)
  const kept = lengths[0]?.[0] ?? 0
  if (kept < LEAST_SHARE * Math.max(old.length, now.length)) return whole
  return pieces(old, now, lengths)
}

/** At [i][j] how many words are common, in order, to what begins at the words i and j. */
function commonLengths(old: string[], now: string[]): number[][] {
  const lengths = Array.from({length: old.length + 1}, () => new Array<number>(now.length + 1).fill(0))
  for (let i = old.length - 1; i >= 0; i -= 1) {
    const row = lengths[i] ?? []
    const below = lengths[i + 1] ?? []
    for (let j = now.length - 1; j >= 0; j -= 1) {
      row[j] = old[i] === now[j] ? (below[j + 1] ?? 0) + 1 : Math.max(below[j] ?? 0, row[j + 1] ?? 0)
    }
  }
  return lengths
}

function pieces(old: string[], now: string[], lengths: number[][]): Piece[] {
  const found: Piece[] = []
  const add = (kind: Piece['kind'], text: string) => {
    const last = found.at(-1)
    if (last?.kind === kind) last.text += text
    else found.push({kind, text})
  }
  let i = 0
  let j = 0
  while (i < old.length || j < now.length) {
    if (i < old.length && j < now.length && old[i] === now[j]) {
      add('same', now[j] ?? '')
      i += 1
      j += 1
    } else if (j >= now.length || (i < old.length && (lengths[i + 1]?.[j] ?? 0) >= (lengths[i]?.[j + 1] ?? 0))) {
      add('gone', old[i] ?? '')
      i += 1
    } else {
      add('new', now[j] ?? '')
      j += 1
    }
  }
  return found
}

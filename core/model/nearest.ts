/** Finds the word that was probably meant: the closest one, at most a third of its letters away; undefined when none is. */
export function nearest(word: string, candidates: Iterable<string>): string | undefined {
  const limit = Math.max(1, Math.floor(word.length / 3))
  let best: string | undefined
  let bestDistance = limit + 1
  for (const candidate of candidates) {
    if (Math.abs(candidate.length - word.length) >= bestDistance) continue
    const distance = editDistance(word.toLowerCase(), candidate.toLowerCase(), bestDistance)
    if (distance < bestDistance) {
      best = candidate
      bestDistance = distance
    }
  }
  return best
}

/** Ends a message with the word that was probably meant, where there is one. */
export function didYouMean(word: string, candidates: Iterable<string>): string {
  const meant = nearest(word, candidates)
  return meant === undefined ? '' : `; did you mean "${meant}"?`
}

/** So many are named where nothing is near. */
const namedAtMost = 5

/** Ends a message with the word that was probably meant, else with what there is, of much with some of it. */
export function whatThereIs(word: string, candidates: Iterable<string>): string {
  const known = [...candidates]
  const meant = didYouMean(word, known)
  if (meant !== '') return meant
  if (known.length === 0) return '; there is none'
  const some = known.slice(0, namedAtMost).map((one) => `"${one}"`)
  const more = known.length > some.length ? ` and ${known.length - some.length} more` : ''
  return `; expected one of ${some.join(', ')}${more}`
}

/** Steps (insert, drop, replace, swap neighbours) from one word to the other, or `limit` when there are that many. */
function editDistance(from: string, to: string, limit: number): number {
  let beforeLast: readonly number[] = []
  let last: readonly number[] = Array.from({ length: to.length + 1 }, (_, index) => index)
  for (let i = 1; i <= from.length; i += 1) {
    const row = nextRow({ from, to, i }, last, beforeLast)
    if (Math.min(...row) >= limit) return limit
    beforeLast = last
    last = row
  }
  return last[to.length] ?? limit
}

interface Words {
  readonly from: string
  readonly to: string
  readonly i: number
}

function nextRow({ from, to, i }: Words, last: readonly number[], beforeLast: readonly number[]): number[] {
  const row = [i]
  for (let j = 1; j <= to.length; j += 1) {
    const replaced = at(last, j - 1) + (from[i - 1] === to[j - 1] ? 0 : 1)
    const isSwap = i > 1 && j > 1 && from[i - 1] === to[j - 2] && from[i - 2] === to[j - 1]
    const swapped = isSwap ? at(beforeLast, j - 2) + 1 : Infinity
    row.push(Math.min(at(last, j) + 1, at(row, j - 1) + 1, replaced, swapped))
  }
  return row
}

function at(row: readonly number[], index: number): number {
  return row[index] ?? Infinity
}

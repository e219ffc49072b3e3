const mostSuggestions = 3
const longestName = 64
const mostEdits = 4
const longestSharedPrefix = 8
// Beside a near miss, a name that takes some edits more is only noise.
const widestSpread = 2
// Out of reach, yet a small integer: Infinity would make every cell a float.
const far = 1_000

/** A name that may be proposed. `name` is what is compared, in lower case; `text` is what is shown. */
export interface Candidate {
  readonly name: string
  readonly text: string
}

/**
 * The names nearest to a lower-case one, best first, at most three. The cost is bounded whatever comes in:
 * names longer than any real one get no answer, and a comparison ends as soon as it has become hopeless.
 */
export function suggest(name: string, candidates: readonly Candidate[]): string[] {
  if (name === '' || name.length > longestName) return []
  const limit = Math.min(mostEdits, Math.floor(name.length / 3) + 1)
  const near: { readonly cost: number; readonly text: string }[] = []
  for (const candidate of candidates) {
    const cost = rank(name, candidate.name, limit)
    if (cost !== undefined) near.push({ cost, text: candidate.text })
  }
  near.sort((a, b) => a.cost - b.cost || a.text.length - b.text.length || (a.text < b.text ? -1 : 1))
  const best = near[0]?.cost ?? 0
  return near
    .filter(({ cost }) => cost - best <= widestSpread)
    .slice(0, mostSuggestions)
    .map(({ text }) => text)
}

/** Lower is nearer; undefined is too far. A shared beginning weighs at most as much as one edit. */
function rank(name: string, candidate: string, limit: number): number | undefined {
  const edits = isKin(name, candidate) ? 1 : editDistance(name, candidate, limit)
  return edits > limit ? undefined : edits - sharedPrefix(name, candidate) / longestSharedPrefix
}

/** `User.Read` and `User.Read.All` are kin, however many letters the further segments have. */
function isKin(a: string, b: string): boolean {
  const [shorter, longer] = a.length < b.length ? [a, b] : [b, a]
  return longer[shorter.length] === '.' && longer.startsWith(shorter)
}

function sharedPrefix(a: string, b: string): number {
  let length = 0
  while (length < longestSharedPrefix && length < a.length && a[length] === b[length]) length += 1
  return length
}

/**
 * Edits between two texts, neighbours swapped counting as one; anything above `limit` where there are more.
 * Only the diagonal band that `limit` edits can reach is computed: cell `k` of a row is its column
 * `row + k - limit`.
 */
function editDistance(a: string, b: string, limit: number): number {
  if (Math.abs(a.length - b.length) > limit) return limit + 1
  let beforeLast: readonly number[] = []
  let last: number[] = []
  for (let k = 0; k <= 2 * limit; k += 1) last.push(k < limit ? far : k - limit)
  for (let row = 1; row <= a.length; row += 1) {
    const current = nextRow(a, b, row, limit, last, beforeLast)
    if (current.every((edits) => edits > limit)) return limit + 1
    beforeLast = last
    last = current
  }
  return last[b.length - a.length + limit] ?? far
}

function nextRow(
  a: string,
  b: string,
  row: number,
  limit: number,
  last: readonly number[],
  beforeLast: readonly number[],
): number[] {
  const current: number[] = []
  let left = far
  for (let k = 0; k <= 2 * limit; k += 1) {
    const column = row + k - limit
    let edits = column === 0 ? row : far
    if (column > 0 && column <= b.length) {
      const same = a[row - 1] === b[column - 1]
      edits = Math.min(left + 1, (last[k + 1] ?? far) + 1, (last[k] ?? far) + (same ? 0 : 1))
      const swapped = row > 1 && column > 1 && a[row - 1] === b[column - 2] && a[row - 2] === b[column - 1]
      if (swapped) edits = Math.min(edits, (beforeLast[k] ?? far) + 1)
    }
    current.push(edits)
    left = edits
  }
  return current
}

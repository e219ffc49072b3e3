import { RecentTexts } from './recent-texts.ts'

const mostRemembered = 1_000
/** Characters; a longer list is hardly shared, and could fill the memory. */
const longestRemembered = 8_192

const lists = new RecentTexts<readonly string[]>(mostRemembered)

/**
 * One list for all that have the same words in the same order: thousands of tenants have the same few roles. What
 * is worked out from one can then be remembered for all of them.
 */
export function sameList(words: readonly string[]): readonly string[] {
  const text = JSON.stringify(words)
  const known = lists.get(text)
  if (known !== undefined) return known
  if (text.length <= longestRemembered) lists.set(text, words)
  return Object.freeze(words)
}

import { RecentTexts } from '../domain/recent-texts.ts'
import { type DialectId, findDialect } from './dialects.ts'
import { type Translation, translateWith } from './translation.ts'

export type { Translation, Unmapped } from './translation.ts'

const mostRemembered = 1_000
const longestRemembered = 512

// The services that call the broker ask for the same few lists of scopes, on every request.
const remembered = new RecentTexts<Translation>(mostRemembered)

/**
 * The application permissions that the scopes stand for. An element of `scopes` may itself be a list.
 * The dialect's own table comes first, then the exact name or role id of an application permission, then the
 * name of one for signed-in users; nothing is guessed.
 * Total: what cannot be translated stands in `unmapped`.
 */
export function translate(dialect: DialectId, scopes: readonly string[]): Translation {
  const key = memoKey(dialect, scopes)
  if (key === undefined) return translateWith(findDialect(dialect), scopes)
  const known = remembered.get(key)
  if (known !== undefined) return known
  const translation = translateWith(findDialect(dialect), scopes)
  // Refused scopes are an exception, and their suggestions could fill the memory.
  if (translation.unmapped.length === 0) remembered.set(key, translation)
  return translation
}

function memoKey(dialect: DialectId, scopes: readonly string[]): string | undefined {
  let length = 0
  for (const scope of scopes) length += scope.length + 1
  return length > longestRemembered ? undefined : `${dialect} ${scopes.join(' ')}`
}

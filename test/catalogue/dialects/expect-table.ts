import type { Test } from 'tap'
import { type DialectId, describeDialect } from '../../../src/catalogue/dialects.ts'
import { translate } from '../../../src/catalogue/translate.ts'
import { formatPermission } from '../../../src/domain/permission.ts'

/** A scope as its platform writes it, and what it stands for; nothing where it is refused or ignored. */
export type Table = readonly (readonly [scope: string, ...permissions: string[]])[]

/** Each scope, alone and in any case, stands for these permissions, and the dialect has no scope beside them. */
export function expectTable(t: Test, id: DialectId, table: Table): void {
  for (const [scope, ...expected] of table) {
    for (const spelling of [scope, scope.toUpperCase(), scope.toLowerCase()]) {
      const { permissions, unmapped } = translate(id, [spelling])
      t.same(permissions.map(formatPermission), expected, spelling)
      if (expected.length > 0) t.same(unmapped, [], spelling)
    }
  }
  t.same(
    describeDialect(id)
      .scopes.map(({ scope }) => scope)
      .sort(),
    table.map(([scope]) => scope).sort(),
  )
}

/** The notes that the scopes come with, as one text. */
export function notesOf(id: DialectId, ...scopes: string[]): string {
  return translate(id, scopes).notes.join('\n')
}

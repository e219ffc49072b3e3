import t from 'tap'
import { findRole, scopeKey } from '../../src/catalogue/catalogue.ts'
import { loadDialect } from '../../src/catalogue/dialect.ts'
import { describeDialect, dialectIds, findDialect } from '../../src/catalogue/dialects.ts'
import { translate } from '../../src/catalogue/translate.ts'
import { translateWith } from '../../src/catalogue/translation.ts'
import { formatPermission } from '../../src/domain/permission.ts'

const platform = loadDialect({
  title: 'A platform',
  scopes: [
    { scope: 'fetch', permissions: ['User.Read.All', 'Mail.ReadWrite'], fidelity: 'exact' },
    {
      scope: 'fetch:imap',
      permissions: ['outlook:IMAP.AccessAsApp'],
      fidelity: 'broader',
      note: 'It is broader.',
    },
    { scope: 'outlook:Mail.Send', permissions: ['Mail.Send'], fidelity: 'exact' },
    { scope: 'Print', permissions: [], fidelity: 'no_equivalent', note: 'Nothing prints without a user.' },
  ],
})

t.test('Each dialect is described with its scopes, their permissions and what to know of them', async (t) => {
  for (const id of dialectIds) {
    const description = describeDialect(id)
    t.equal(description.id, id)
    t.ok(description.title !== '' && description.scopes.length > 0)
  }
  const { title, scopes } = describeDialect('aurinko')
  t.equal(title, 'Aurinko')
  const readOnly = scopes.find(({ scope }) => scope === 'Mail.ReadOnly')
  t.strictSame(readOnly, {
    scope: 'Mail.ReadOnly',
    permissions: [{ resource: 'graph', value: 'Mail.Read' }],
    fidelity: 'exact',
    aliasOf: 'Mail.Read',
  })
  t.match(
    scopes.find(({ scope }) => scope === 'Mail.Drafts'),
    {
      fidelity: 'broader',
      note: /drafts alone.*2026-12-31/,
    },
  )
})

t.test('Whatever is not exact says what there is to know, in a sentence', async (t) => {
  for (const id of dialectIds) {
    for (const { scope, fidelity, note } of describeDialect(id).scopes) {
      if (fidelity === 'broader') t.match(note, /more/, `${id} ${scope}`)
      if (fidelity === 'no_equivalent') t.match(note, /^[^.]\S* .*\.$/, `${id} ${scope}`)
    }
  }
})

t.test('Another spelling of a scope means what that scope means', async (t) => {
  let aliases = 0
  for (const id of dialectIds) {
    for (const { scope, aliasOf } of describeDialect(id).scopes) {
      if (aliasOf === undefined) continue
      aliases += 1
      t.same(translate(id, [scope]).permissions, translate(id, [aliasOf]).permissions, `${id} ${scope}`)
    }
  }
  t.ok(aliases >= 12)
})

t.test('In no dialect does the name of an application permission mean another one', async (t) => {
  let shared = 0
  for (const id of dialectIds) {
    for (const { scope, permissions } of describeDialect(id).scopes) {
      const exact = findRole(scopeKey(findDialect(id).resource, scope.toLowerCase()))
      if (exact === undefined) continue
      shared += 1
      const { resource, value } = exact
      t.same(permissions, [{ resource, value }], `${id} ${scope}`)
    }
  }
  t.ok(shared > 714)
})

t.test(
  'A further dialect is a table: scopes of several permissions, of either resource, in any case',
  async (t) => {
    const names = (scope: string) => translateWith(platform, [scope]).permissions.map(formatPermission)
    t.same(names('FETCH'), ['Mail.ReadWrite', 'User.Read.All'])
    t.same(names('fetch:imap'), ['outlook:IMAP.AccessAsApp'])
    t.same(names('https://outlook.office.com/mail.send'), ['Mail.Send'])
    t.same(names('Sites.Selected'), ['Sites.Selected'])
    t.ok(translateWith(platform, ['fetch:imap']).notes.includes('It is broader.'))
  },
)

t.test('A scope without an application form is refused with its reason', async (t) => {
  t.strictSame(translateWith(platform, ['print']), {
    permissions: [],
    ignored: [],
    unmapped: [
      { scope: 'print', reason: 'no_equivalent', suggestions: [], note: 'Nothing prints without a user.' },
    ],
    notes: [],
  })
  t.notOk(translateWith(platform, ['Prin']).unmapped[0]?.suggestions.includes('Print'))
})

t.test('A table that names what does not exist is refused when it is loaded', async (t) => {
  const entry = { scope: 'x', permissions: ['Mail.Read'], fidelity: 'exact' }
  t.throws(
    () => loadDialect({ title: 'x', scopes: [{ ...entry, permissions: ['Mail.Raed'] }] }),
    /Mail\.Raed/,
  )
  t.throws(() => loadDialect({ title: 'x', scopes: [{ ...entry, fidelity: 'roughly' }] }), /roughly/)
  t.throws(() => loadDialect({ title: 'x', resource: 'teams', scopes: [entry] }), /teams/)
  t.throws(
    () => loadDialect({ title: 'x', scopes: [entry, { ...entry, scope: 'graph:X' }] }),
    /graph:X twice/,
  )
})

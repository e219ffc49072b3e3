import t from 'tap'
import { cataloguedPermissions } from '../../../src/catalogue/catalogue.ts'
import graph from '../../../src/catalogue/data/dialects/graph.json' with { type: 'json' }
import { describeDialect } from '../../../src/catalogue/dialects.ts'
import { translate } from '../../../src/catalogue/translate.ts'
import { formatPermission } from '../../../src/domain/permission.ts'
import { notesOf } from './expect-table.ts'

const roles = cataloguedPermissions.filter(({ resource }) => resource === 'graph')
const uris = [
  'https://graph.microsoft.com',
  'https://graph.microsoft.us',
  'https://dod-graph.microsoft.us',
  'https://microsoftgraph.chinacloudapi.cn',
  '00000003-0000-0000-c000-000000000000',
]

function names(...scopes: string[]): string[] {
  return translate('graph', scopes).permissions.map(formatPermission)
}

t.test(
  'Every application permission is found by name, by role id, and behind every URI of Graph',
  async (t) => {
    t.equal(roles.length, 714)
    for (const { value, id } of roles) {
      const spellings = [
        value,
        id,
        `graph:${value}`,
        ...uris.map((uri) => `${uri}/${value}`),
        `${uris[0]}/${id}`,
      ]
      const strays = spellings.filter((spelling) => names(spelling).join() !== value)
      if (strays.length > 0) t.fail(`${strays.join()} is not ${value}`)
    }
  },
)

t.test('Every permission for signed-in users has an answer: broader, refused or ignored', async (t) => {
  const counts = new Map<string, number>()
  for (const { scope, permissions, fidelity } of graph.scopes) {
    const { ignored, unmapped, notes } = translate('graph', [scope])
    t.same(names(scope), permissions, scope)
    t.same(ignored, fidelity === 'ignored' ? [scope] : [], scope)
    t.equal(unmapped[0]?.reason, fidelity === 'no_equivalent' ? fidelity : undefined, scope)
    if (fidelity === 'broader') t.match(notes.join('\n'), /allows more/, scope)
    if (fidelity === 'no_equivalent')
      t.match(unmapped[0]?.note, `${scope} works for signed-in users only`, scope)
    counts.set(fidelity, (counts.get(fidelity) ?? 0) + 1)
  }
  t.same(Object.fromEntries(counts), { broader: 154, no_equivalent: 77, ignored: 4 })
})

t.test('Well known permissions for users become what a person would choose', async (t) => {
  for (const [scope, permission] of [
    ['User.Read', 'User.Read.All'],
    ['Files.ReadWrite', 'Files.ReadWrite.All'],
    ['Calendars.Read.Shared', 'Calendars.Read'],
    ['Mail.Send.Shared', 'Mail.Send'],
    ['Mail.ReadBasic.Shared', 'Mail.ReadBasic.All'],
    ['Notes.Create', 'Notes.ReadWrite.All'],
    ['Chat.Read', 'Chat.Read.All'],
    ['Tasks.ReadWrite', 'Tasks.ReadWrite.All'],
    ['EWS.AccessAsUser.All', 'outlook:full_access_as_app'],
    ['SMTP.Send', 'outlook:SMTP.SendAsApp'],
    ['Calendars.Read', 'Calendars.Read'],
    ['Calendars.Read.All', 'Calendars.Read.All'],
    ['Calendars.ReadWrite.All', 'Calendars.ReadWrite.All'],
  ] as const) {
    t.same(names(scope), [permission], scope)
  }
})

t.test('Sign-in scopes are ignored behind any resource', async (t) => {
  for (const prefix of ['', 'https://graph.microsoft.com/', 'https://outlook.office.com/', 'outlook:'])
    t.match(translate('graph', [`${prefix}openid ${prefix}PROFILE ${prefix}email`]), {
      permissions: [],
      ignored: ['email', 'openid', 'profile'],
      unmapped: [],
    })
  t.match(notesOf('graph', 'offline_access'), /no refresh token/)
})

t.test("A refusal names what there is for applications, where Microsoft's data does", async (t) => {
  const why = (scope: string) => translate('graph', [scope]).unmapped[0]?.note
  t.match(why('Printer.FullControl.All'), /Microsoft lists Printer\.ReadWrite\.All and Printer\.Read\.All/)
  t.match(why('ChannelMessage.Send'), /Teamwork\.Migrate\.All only imports/)
  t.notMatch(why('Financials.ReadWrite.All'), /Microsoft lists/)
})

t.test('The description has the application permissions and the names for users', async (t) => {
  const { scopes } = describeDialect('graph')
  t.equal(scopes.length, 714 + 235)
  const named = (name: string) => scopes.find(({ scope }) => scope === name)
  t.match(named('Mail.ReadWrite'), { permissions: [{ value: 'Mail.ReadWrite' }], note: /2026-12-31/ })
  t.match(named('User.Read'), { fidelity: 'broader', note: /every profile/ })
  t.match(named('Topic.Read.All'), { permissions: [], fidelity: 'no_equivalent', note: /leave it out/ })
})

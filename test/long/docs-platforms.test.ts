import t from 'tap'
import { openTerminal, readCommands } from '../docs-terminal.ts'
import { runSandbox } from '../fixture.ts'
import { items, members } from '../http/json-value.ts'

const page = 'docs/platforms.md'
const running = await runSandbox(t)
const { caller } = running
const terminal = openTerminal(t, running)
const commands = readCommands(page)
const act = (heading: string) => terminal.run(commands.take(heading))

await act('The terminal')
await act('The terminal')

/** What the last command of a block printed, after the replies of the others. */
const lastJson = (printed: string) => members(JSON.parse(printed.slice(printed.lastIndexOf('{\n'))))

t.test('from the scopes of Aurinko to a token, step by step', async (t) => {
  t.match(await act('Aurinko'), /^Calendars\.ReadWrite\tef54d2bf-\S+\nMail\.Read\t810c84a8-\S+$/m)
  t.match(await act('Aurinko'), /\/consent\/callback$/m)
  t.match(await act('Aurinko'), /"id": "810c84a8-4a9e-49e6-bf7d-12d183f40d01"[\s\S]*"state":"active"/)
  await act('Aurinko')
  const application = 'aurinko-sync'
  t.match(lastJson(await act('Aurinko')), { application, scope: 'Calendars.ReadWrite Mail.Read' })
})

for (const [platform, translated, token] of [
  [
    'Cyclr',
    /"Files\.Read\.All"[\s\S]*Emails stands for/,
    { application: 'cyclr-sync', scope: 'Files.Read.All Mail.Read' },
  ],
  [
    'Cloud Elements',
    /"User\.Read\.All"[\s\S]*"no_equivalent"/,
    { application: 'elements-sync', scope: 'Group.Read.All User.Read.All' },
  ],
  [
    'Email This Issue',
    /fetch brings User\.Read\.All/,
    { application: 'issue-mail', scope: 'Mail.ReadWrite Mail.Send User.Read.All' },
  ],
] as const) {
  t.test(`from the scopes of ${platform} to a token`, async (t) => {
    const set = await act(platform)
    t.match(set, translated)
    t.match(set, /"state":"active"/)
    t.match(lastJson(await act(platform)), token)
  })
}

t.test('each scope of the tables stands for what its row says', async (t) => {
  for (const [heading, dialect, count] of [
    ['Aurinko', 'aurinko', 14],
    ['Cyclr', 'cyclr', 13],
    ['Cloud Elements', 'cloud-elements', 12],
    ['Email This Issue', 'email-this-issue', 3],
  ] as const) {
    const { body } = await caller('GET', `/scopes/${dialect}`)
    const known = new Map(items(body['scopes']).map((scope) => [scope['scope'], scope['permissions']]))
    const rows = readCommands(page).cells(heading)
    t.equal(rows.flatMap(([scopes]) => scopes ?? []).length, count, `${heading}: all rows were read`)
    for (const [scopes = [], permissions = []] of rows)
      for (const scope of scopes) {
        const stands = known.get(scope)
        t.ok(stands, `${heading}: ${scope} is a scope`)
        if (permissions.length > 0) t.strictSame(stands, permissions, `${heading}: ${scope}`)
      }
  }
})

t.test('no command of the page was left out', async (t) => {
  t.strictSame(commands.left, [])
})

import { readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import t from 'tap'
import { expectSuccess, text } from '../../sandbox/api-client.ts'
import { openTerminal, readCommands } from '../docs-terminal.ts'
import { items, members } from '../http/json-value.ts'
import { setStage } from '../routes/stage.ts'

const stage = await setStage(t)
const { entra, sandbox } = stage
const terminal = openTerminal(t, stage)
const commands = readCommands('docs/operations.md')
const steps = 'A real tenant in ten steps'
const act = (heading = steps) => terminal.run(commands.take(heading))
const keep = (name: string, content: string) => writeFileSync(join(terminal.folder, name), content)
const directory = '6ba7b810-9dad-41d1-80b4-00c04fd430c8'
const client = '6ba7b811-9dad-41d1-80b4-00c04fd430c8'

t.test('ten steps lead from nothing to a token', async (t) => {
  keep('bootstrap-operator-key', sandbox.demo.operatorKey)
  t.match(await act(), /"id":"alice"/)
  t.match(await act(), /"id":"sync"/)
  await terminal.run('az() { printf "%s\\n" "$@" > az; }')
  await act()
  t.match(readFileSync(join(terminal.folder, 'az'), 'utf8'), `applications(appId='${client}')\n`)
  await acceptManifest()
  t.match(await act(), new RegExp(`^${directory}\nhttp\\S+/consent/`))
  await expectSuccess(
    entra('PUT', `/_sandbox/directories/${directory}/consents/${client}`, { roles: ['Mail.Read'] }),
  )
  t.match(await act(), /"state":"active"[\s\S]*\ntrue|"state":"active".*true/)
  t.match(await act(), /"scope": "Mail\.Read",\s+"tenant": "adatum"/)
})

/** What Microsoft does with the manifest; and a directory that has verified its domain. */
async function acceptManifest() {
  const manifest = members(JSON.parse(readFileSync(join(terminal.folder, 'manifest.json'), 'utf8')))
  const certificates = items(manifest['keyCredentials']).map(
    (one) => `-----BEGIN CERTIFICATE-----\n${text(one, 'key')}\n-----END CERTIFICATE-----\n`,
  )
  await expectSuccess(entra('PUT', `/_sandbox/applications/${client}`, { certificates }))
  await expectSuccess(entra('PUT', `/_sandbox/directories/${directory}`, { domains: ['adatum.example'] }))
}

t.test('the export says where in the vault the key of the application is', async (t) => {
  await act('Back up and restore')
  t.match(await act('Back up and restore'), /^sync\tcertificate\tgtb-\S+$/m)
})

t.test('the page names the metrics that there are', async (t) => {
  const printed = await terminal.run('curl -sS "$BROKER/metrics"')
  const there = [...printed.matchAll(/^# HELP (token_broker_\w+)/gm)].map(([, name]) => name)
  t.strictSame([...commands.rows('Monitor')].sort(), there.sort())
})

t.test('no command of the page was left out', async (t) => {
  t.strictSame(commands.left, [])
})

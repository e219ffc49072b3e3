import t from 'tap'
import { english } from '../../src/http/consent-pages/english.ts'
import { openTerminal, readCommands } from '../docs-terminal.ts'
import { items, members } from '../http/json-value.ts'
import { setStage } from '../routes/stage.ts'

const stage = await setStage(t)
const { operator, anonymous, token } = stage
const terminal = openTerminal(t, stage)
const commands = readCommands('docs/tenants.md')
const act = (heading: string) => terminal.run(commands.take(heading))
const actJson = async (heading: string) => members(JSON.parse(await act(heading)))

await act('The terminal')
const { directory_id } = await actJson('The terminal')

t.test('a directory is registered by its domain, and by its GUID it is the same', async (t) => {
  t.match(await actJson('Register'), { id: 'adatum', directory_id, consents: [{ status: 'unknown' }] })
  const before = await operator('GET', '/tenants/adatum')
  t.match(await actJson('Register'), { id: 'adatum', directory_id })
  t.equal((await operator('GET', '/tenants/adatum')).headers['etag'], before.headers['etag'])
  const link = new URL((await act('Register')).trim())
  t.equal((await anonymous('GET', link.pathname)).status, 200)
})

t.test('an application is shown to administrators, and each outcome is on the page', async (t) => {
  t.match(await actJson('Consent'), { return_url: 'https://example.com/connected' })
  const rows = readCommands('docs/tenants.md').rows('Consent')
  t.strictSame([...rows].sort(), ['outcome', ...Object.keys(english.outcomes)].sort())
})

t.test('what fails is found', async (t) => {
  t.equal((await token('adatum')).status, 409)
  const find = readCommands('docs/tenants.md')
  t.match(
    await terminal.run(find.take('Find what fails')),
    /^adatum\tdemo\tapplication_not_in_directory\t20/m,
  )
  const listed = await terminal.run(find.take('Find what fails'))
  t.match(listed, /^adatum\tmissing$/m)
  t.match(listed, /^northwind\tunknown$/m)
})

t.test('the diagnosis names the broken step, and then none', async (t) => {
  const found = await actJson('Diagnose')
  t.match(found, {
    healthy: false,
    applications: [{ broken_step: 'application', redirect_uri: /callback$/ }],
  })
  t.match(await act('Diagnose'), /^demo\tapplication\tSend the tenant's consent link/)
  t.match(await act('Diagnose'), /\btrue\s*$/, 'after consent in the portal')
  t.equal((await token('adatum')).status, 200)
})

t.test('the page names the steps that there are', async (t) => {
  const { body } = await operator('POST', '/tenants/adatum/diagnosis')
  const [{ steps } = {}] = items(body['applications'])
  const page = readCommands('docs/tenants.md').rows('Diagnose')
  t.strictSame(
    page,
    items(steps).map(({ step }) => step),
  )
})

t.test('tokens are forgotten', async (t) => {
  const before = await token('adatum')
  t.equal(await act('Forget tokens'), '')
  const after = await token('adatum')
  t.equal(after.status, 200)
  t.not(after.body['access_token'], before.body['access_token'])
})

t.test('no command of the page was left out', async (t) => {
  await act('Find what fails')
  await act('Find what fails')
  t.strictSame(commands.left, [])
})

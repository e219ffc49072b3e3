import t, { type Test } from 'tap'
import { listen } from '../../../sandbox/listen.ts'
import { codeOf, newSecret } from './material.ts'
import { type Arrival, type ConnectedVault, connectVault } from './stage.ts'

/** Another server under a name of the vault's domain, whose certificate the broker would trust. */
async function startForeign(t: Test, { authority }: ConnectedVault) {
  const foreign = 'foreign.vault.azure.net'
  const arrivals: Pick<Arrival, 'route'>[] = []
  const listener = await listen(
    async (app) => {
      app.addHook('onRequest', async ({ method, url }) => void arrivals.push({ route: `${method} ${url}` }))
      app.all('/*', async () => ({ value: [] }))
    },
    { ...(await authority.issue([foreign])), host: foreign },
  )
  t.teardown(() => listener.close())
  return { origin: listener.origin, port: listener.port, arrivals }
}

t.test('a list that goes on at another host is not followed there', async (t) => {
  const stage = await connectVault(t)
  const foreign = await startForeign(t, stage)
  t.ok((await stage.vault.list()).ok)
  const { host, hostname } = new URL(stage.url)
  const elsewhere = [
    `${foreign.origin}/secrets?api-version=7.4&$skiptoken=x`,
    `https://${hostname}:${foreign.port}/secrets`,
    `https://${host}@foreign.vault.azure.net:${foreign.port}/secrets`,
    `https://${host}.foreign.vault.azure.net:${foreign.port}/secrets`,
    `http://${host}/secrets`,
  ]
  for (const nextLink of elsewhere) {
    await stage.fault({ match: 'GET /secrets', status: 200, times: 1, body: { value: [], nextLink } })
    t.equal(codeOf(await stage.vault.list()), 'key_vault_unavailable', nextLink)
  }
  t.strictSame(foreign.arrivals, [])
})

t.test('a redirection to another host is not followed, with a secret or without', async (t) => {
  const stage = await connectVault(t)
  const foreign = await startForeign(t, stage)
  await stage.vault.list()
  for (const status of [301, 302, 307, 308]) {
    await stage.fault({ match: '/', status, headers: { location: `${foreign.origin}/secrets/gtb-a` } })
    t.notOk((await stage.vault.store(newSecret('gtb-a'))).ok)
    t.notOk((await stage.vault.read('gtb-a')).ok)
    t.notOk((await stage.vault.list()).ok)
    await stage.mend()
  }
  t.strictSame(foreign.arrivals, [])
})

t.test('a challenge for something else than a vault gets no token', async (t) => {
  const stage = await connectVault(t)
  const challenges = [
    'Bearer authorization="https://login.microsoftonline.com/x", resource="https://graph.microsoft.com"',
    'Bearer authorization="https://login.microsoftonline.com/x", resource="https://azure.net.example"',
  ]
  for (const challenge of challenges) {
    await stage.fault({ match: '/', status: 401, headers: { 'www-authenticate': challenge }, body: {} })
    t.notOk((await stage.vault.list()).ok)
    await stage.mend()
  }
  t.equal(stage.bearer.asked, 0)
})

import t from 'tap'
import { createStage, goodBearer, type StagedVault } from './stage.ts'

const v = 'api-version=7.4'

/** Sends with a good bearer; gives the status and the error's code and inner code. */
async function refused(stage: StagedVault, method: string, url: string, body?: object): Promise<unknown[]> {
  const request = { method, url, headers: { authorization: goodBearer } }
  const response = await stage.inject(body === undefined ? request : { ...request, body })
  const { error } = response.json()
  return [response.statusCode, error?.code, error?.innererror?.code]
}

t.test('a request without a good bearer is challenged, whatever it carries', async (t) => {
  const stage = createStage()
  for (const authorization of [undefined, 'Bearer bad', 'Basic good', 'Bearer ', 'good']) {
    const headers = authorization === undefined ? {} : { authorization }
    const response = await stage.inject({ method: 'PUT', url: '/secrets/a?x', headers, body: { value: 'v' } })
    t.equal(response.statusCode, 401, authorization ?? 'none')
    t.equal(response.json().error.code, 'Unauthorized')
    t.equal(
      response.headers['www-authenticate'],
      'Bearer authorization="https://login.microsoftonline.com/tenant", resource="https://vault.azure.net"',
    )
  }
  t.strictSame(stage.vault.secrets.rows(), [])
})

t.test('the api-version must be there and look like one', async (t) => {
  const stage = createStage()
  t.strictSame(await refused(stage, 'GET', '/secrets'), [400, 'BadParameter', undefined])
  t.strictSame(await refused(stage, 'GET', '/secrets?api-version=latest'), [400, 'BadParameter', undefined])
  for (const version of ['7.0', '7.4-preview.1', '2025-07-01', '2026-04-01']) {
    t.hasOwnProp(await stage.call('GET', `/secrets?api%2Dversion=${version}`), 'value', version)
  }
})

t.test('names are letters, digits and hyphens, at most 127 of them', async (t) => {
  const stage = createStage()
  const longest = 'a'.repeat(127)
  t.hasOwnProp(await stage.call('PUT', `/secrets/${longest}?${v}`, { value: '' }), 'id')
  for (const name of [`${longest}a`, 'a_b', 'a.b', '%C3%A4', 'a%20b', 'a'.repeat(3000)]) {
    const answer = await refused(stage, 'PUT', `/secrets/${name}?${v}`, { value: '' })
    t.strictSame(answer, [400, 'BadParameter', undefined], name.slice(0, 130))
  }
})

t.test('bodies are looked at closely, but unknown members are tolerated', async (t) => {
  const stage = createStage()
  const bad = [
    {},
    { value: 1 },
    { value: 'x'.repeat(25 * 1024 + 1) },
    { value: 'ä'.repeat(12 * 1024 + 513) },
    { value: '', attributes: { exp: '1' } },
    { value: '', attributes: { enabled: 1 } },
    { value: '', attributes: [] },
    { value: '', tags: { a: 1 } },
    { value: '', tags: Object.fromEntries(Array.from({ length: 16 }, (_, index) => [index, ''])) },
    { value: '', contentType: 'x'.repeat(256) },
  ]
  for (const body of bad) {
    const answer = await refused(stage, 'PUT', `/secrets/a?${v}`, body)
    t.strictSame(answer, [400, 'BadParameter', undefined], JSON.stringify(body).slice(0, 60))
  }
  const good = { value: 'x'.repeat(25 * 1024), tags: null, attributes: { other: 1 }, more: {} }
  t.hasOwnProp(await stage.call('PUT', `/secrets/a?${v}`, good), 'id')
})

t.test('a body that is not JSON, or none, is refused', async (t) => {
  const stage = createStage()
  t.strictSame(await refused(stage, 'PUT', `/secrets/a?${v}`), [400, 'BadParameter', undefined])
  t.strictSame(await refused(stage, 'PUT', `/secrets/a?${v}`, Buffer.from('{')), [
    400,
    'BadParameter',
    undefined,
  ])
  const huge = { value: 'x'.repeat(2 ** 20) }
  t.strictSame(await refused(stage, 'PUT', `/secrets/a?${v}`, huge), [400, 'BadParameter', undefined])
})

t.test('pages have 1 to 25 lines, and tokens are good for their own list', async (t) => {
  const stage = createStage()
  for (const name of ['a', 'b']) await stage.call('PUT', `/secrets/${name}?${v}`, { value: '' })
  const headers = { authorization: goodBearer, host: 'sandbox.vault.azure.net:8443' }
  const first = await stage.inject({ method: 'GET', url: `/secrets?${v}&maxresults=1`, headers })
  const next = new URL(first.json().nextLink)
  t.equal(next.host, 'sandbox.vault.azure.net:8443')
  t.equal(next.searchParams.get('maxresults'), '1')
  const second = await stage.inject({ method: 'GET', url: next.pathname + next.search, headers })
  t.equal(second.json().value[0].id, 'https://sandbox.vault.azure.net:8443/secrets/b')
  t.equal(second.json().nextLink, null)
  for (const url of [
    `/secrets?${v}&maxresults=26`,
    `/secrets?${v}&maxresults=0`,
    `/secrets?${v}&maxresults=all`,
    `/secrets?${v}&$skiptoken=nonsense`,
    `/keys${next.search}`,
    `/secrets/a/versions${next.search}`,
  ]) {
    t.strictSame(await refused(stage, 'GET', url), [400, 'BadParameter', undefined], url)
  }
})

t.test('what is being deleted or recovered cannot be touched', async (t) => {
  const stage = createStage()
  t.strictSame(await stage.call('PUT', '/_sandbox/settings', { recover_delay_ms: 2000 }), {
    delete_delay_ms: 50,
    recover_delay_ms: 2000,
  })
  stage.at(1000)
  await stage.call('PUT', `/secrets/a?${v}`, { value: '' })
  await stage.call('DELETE', `/secrets/a?${v}`)
  const deleting = [409, 'Conflict', 'ObjectIsBeingDeleted']
  t.strictSame(await refused(stage, 'PUT', `/secrets/a?${v}`, { value: '' }), deleting)
  t.strictSame(await refused(stage, 'DELETE', `/secrets/a?${v}`), deleting)
  t.strictSame(await refused(stage, 'POST', `/deletedsecrets/a/recover?${v}`), deleting)
  t.strictSame(await refused(stage, 'DELETE', `/deletedsecrets/a?${v}`), deleting)
  stage.at(1001)
  t.strictSame(await refused(stage, 'DELETE', `/secrets/a?${v}`), [404, 'SecretNotFound', undefined])
  await stage.call('POST', `/deletedsecrets/a/recover?${v}`)
  const recovering = [409, 'Conflict', 'ObjectIsBeingRecovered']
  t.strictSame(await refused(stage, 'PUT', `/secrets/a?${v}`, { value: '' }), recovering)
  t.strictSame(await refused(stage, 'DELETE', `/secrets/a?${v}`), recovering)
  stage.at(1003)
  t.hasOwnProp(await stage.call('GET', `/secrets/a?${v}`), 'value')
})

t.test('a deleted secret is gone for good once its days are over', async (t) => {
  const stage = createStage({ recoverableDays: 7 })
  stage.at(0)
  await stage.call('PUT', `/secrets/a?${v}`, { value: '' })
  await stage.call('DELETE', `/secrets/a?${v}`)
  stage.at(7 * 86_400 - 1)
  t.hasOwnProp(await stage.call('GET', `/deletedsecrets/a?${v}`), 'recoveryId')
  stage.at(7 * 86_400)
  t.match(await stage.call('GET', `/deletedsecrets?${v}`), { value: [] })
  t.strictSame(await refused(stage, 'GET', `/deletedsecrets/a?${v}`), [404, 'SecretNotFound', undefined])
})

t.test('settings take milliseconds, need no bearer, and know no other members', async (t) => {
  const stage = createStage()
  for (const body of [{ delete_delay_ms: -1 }, { delete_delay_ms: '1' }, { other: 1 }]) {
    const response = await stage.inject({ method: 'PUT', url: '/_sandbox/settings', body })
    t.equal(response.statusCode, 400, JSON.stringify(body))
  }
  t.strictSame(stage.vault.delays, { delete: 50, recover: 0 })
})

t.test('a secret of a certificate shows that it is managed, and its key', async (t) => {
  const stage = createStage()
  const content = { value: 'pfx', contentType: 'application/x-pkcs12', managed: true }
  const { version } = stage.vault.secrets.put('cert', { content })
  t.match(await stage.call('GET', `/secrets/cert?${v}`), {
    managed: true,
    kid: `https://sandbox.vault.azure.net/keys/cert/${version.id}`,
  })
})

t.test('a backup of another vault, or a damaged one, is corrupt', async (t) => {
  const stage = createStage()
  await stage.call('PUT', `/secrets/a?${v}`, { value: 'x' })
  const { value } = (
    await stage.inject({
      method: 'POST',
      url: `/secrets/a/backup?${v}`,
      headers: { authorization: goodBearer },
    })
  ).json()
  for (const blob of [`${value.slice(0, -8)}AAAAAAAA`, value.slice(0, 100), '', undefined]) {
    const answer = await refused(stage, 'POST', `/secrets/restore?${v}`, { value: blob })
    t.strictSame(answer, [400, 'Malformed backup blob', undefined])
  }
  const other = await refused(createStage(), 'POST', `/secrets/restore?${v}`, { value })
  t.strictSame(other, [400, 'Malformed backup blob', undefined])
})

t.test('an operation that no resource has is refused in the same envelope', async (t) => {
  const stage = createStage()
  t.strictSame(await refused(stage, 'POST', `/secrets/a?${v}`), [405, 'MethodNotAllowed', undefined])
  t.strictSame(await refused(stage, 'POST', `/keys/a/b/encrypt?${v}`), [405, 'MethodNotAllowed', undefined])
})

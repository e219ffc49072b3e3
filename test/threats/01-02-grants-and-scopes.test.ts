import fc from 'fast-check'
import t from 'tap'
import { expectSuccess, text } from '../../sandbox/api-client.ts'
import { expectProblem } from '../http/expect-problem.ts'
import { setStage } from '../routes/stage.ts'

const { operator, anonymous, entra, caller } = await setStage(t)

async function clientOf(id: string, grants: object[]) {
  await expectSuccess(operator('POST', '/callers', { id, role: 'caller', grants }))
  const key = text(await expectSuccess(operator('POST', `/callers/${id}/keys`, {})), 'key')
  return (tenant: string, scopes: readonly string[], more: object = {}) =>
    anonymous('POST', '/tokens', { tenant, scopes, ...more }, { authorization: `Bearer ${key}` })
}

const narrow = await clientOf('narrow', [{ tenants: { ids: ['fabrikam'] }, permissions: ['Mail.Read'] }])
const reader = await clientOf('reader', [{ tenants: '*', permissions: ['Mail.Read'], excess: 'allow' }])

t.test('01 a warm cache serves nobody whom no grant names, and Entra hears nothing of it', async (t) => {
  const warm = await caller('POST', '/tokens', { tenant: 'contoso', scopes: ['Mail.Read'] })
  t.equal(warm.status, 200)
  await entra('DELETE', '/_sandbox/requests')
  const { body } = await operator('GET', '/tenants/contoso')
  for (const tenant of ['contoso', String(body['directory_id'])]) {
    for (const more of [{}, { minimum_validity_seconds: 3000 }, { rejected_token_sha256: 'f'.repeat(64) }])
      expectProblem(t, await narrow(tenant, ['Mail.Read'], more), {
        status: 403,
        code: 'tenant_not_granted',
      })
  }
  expectProblem(t, await narrow('fabrikam', ['Mail.Send']), { status: 403, code: 'permission_not_granted' })
  t.equal((await entra('GET', '/_sandbox/requests')).body['total'], 0)
  t.equal((await narrow('fabrikam', ['Mail.Read'])).status, 200, 'what is granted is served')
})

t.test('01 a tenant that is unknown and one that is not granted answer byte for byte alike', async (t) => {
  const replies: string[] = []
  for (const tenant of ['contoso', 'northwind', 'nobody', '6ba7b811-9dad-41d1-80b4-00c04fd430c8']) {
    const reply = await narrow(tenant, ['Mail.Read'])
    expectProblem(t, reply, { status: 403, code: 'tenant_not_granted' }, tenant)
    const { date: _, ...headers } = reply.headers
    replies.push(JSON.stringify([headers, { ...reply.body, instance: '' }]))
  }
  t.equal(new Set(replies).size, 1)
  const more = await narrow('fabrikam', ['Mail.Send'])
  t.strictSame(more.body['permissions'], ['Mail.Send'], 'and only what was asked for is named')
})

const prefixes = ['', 'graph:', 'https://graph.microsoft.com/', 'HTTPS://Graph.Microsoft.com//', '/', '//']
const sayings = fc.record({
  prefix: fc.constantFrom(
    ...prefixes,
    'https://graph.microsoft.us/',
    '00000003-0000-0000-c000-000000000000/',
  ),
  upper: fc.array(fc.boolean(), { minLength: 1, maxLength: 9 }),
  tail: fc.constantFrom('', '/', '//'),
  beside: fc.constantFrom('', '.default', '//.default', 'https://graph.microsoft.com/.default', 'openid'),
  between: fc.constantFrom(' ', ',', '+', '\t', '\n', ' , '),
  times: fc.integer({ min: 1, max: 3 }),
  isList: fc.boolean(),
})

type Saying = typeof sayings extends fc.Arbitrary<infer S> ? S : never

/** The same wish in other words. */
function say(names: readonly string[], { prefix, upper, tail, beside, ...how }: Saying): string[] {
  const cased = (name: string) =>
    [...name].map((c, i) => (upper[i % upper.length] ? c.toUpperCase() : c.toLowerCase())).join('')
  const once = names.map((name) => `${prefix}${cased(name)}${tail}`)
  const all = [...Array(how.times).fill(once).flat(), ...(beside === '' ? [] : [beside])].reverse()
  return how.isList ? [all.join(how.between)] : all
}

t.test('02 however a scope is spelled, the decision is that of its plain name', async (t) => {
  const wishes = [['Mail.Read'], ['Mail.Send'], ['Mail.Read', 'Mail.Send'], ['Calendars.ReadWrite']]
  const ask = async (scopes: readonly string[], tenant: string) => {
    const { status, body } = await reader(tenant, scopes, { dialect: 'graph' })
    const { access_token: _, expires_in: __, instance: ___, ...decision } = body
    return JSON.stringify([status, decision])
  }
  const codes = new Set<string>()
  const same = fc.asyncProperty(
    fc.constantFrom(...wishes),
    fc.constantFrom('contoso', 'fabrikam'),
    sayings,
    async (names, tenant, saying) => {
      const [plain, said] = [await ask(names, tenant), await ask(say(names, saying), tenant)]
      codes.add(plain.slice(1, 4))
      // `.default` alone stands for nothing and may be refused, but must never stand for more.
      return said === plain || (saying.beside.includes('.default') && said.startsWith('[400,'))
    },
  )
  await fc.assert(same, { numRuns: 300 })
  t.strictSame([...codes].sort(), ['200', '403'])
})

t.test('02 what only looks like a permission, and what names no permission, is refused', async (t) => {
  const odd = [
    ...['/.default', '//.default', '.default', 'https://graph.microsoft.com/.default', '///', '/', ':', '*'],
    ...['Mail․Read', 'Ｍail.Read', 'Маil.Read', 'Mail.Read\u200b', 'Mail.Read\u0000', 'Mail.Re\u00adad'],
    ...['Mail%2ERead', 'Mail.Read%00', 'Mail.Read;Mail.Send', 'Mail.*', 'Mail.Read|Mail.Send', 'Mail'],
    ...['https://graph.microsoft.com.evil.example/Mail.Read', 'https://evil.example/Mail.Read'],
    ...[
      'https://graph.microsoft.com@evil.example/Mail.Read',
      'https://graph.microsoft.com/outlook:Mail.Read',
    ],
    ...['https://graph.microsoft.com/https://graph.microsoft.com/Mail.Read', 'graph:graph:Mail.Read'],
    ...['http://graph.microsoft.com/Mail.Read', 'https://graph.microsoft.com:443/Mail.Read', 'Mail.Read/x'],
    ...['__proto__', 'constructor', 'toString', 'hasOwnProperty', 'graph:__proto__'],
  ]
  for (const scope of odd)
    for (const scopes of [[scope], ['Mail.Read', scope]]) {
      const { status, body } = await reader('contoso', scopes)
      const only = scopes.length === 1 || !/\.default$|^\/+$/.test(scope) ? [400] : [200, 400]
      t.ok(only.includes(status), `${JSON.stringify(scopes)}: ${status} ${String(body['scope'])}`)
      if (status === 200) t.equal(body['scope'], 'Mail.Read')
    }
  const mixed = await reader('contoso', ['Mail.Read', 'https://outlook.office365.com/IMAP.AccessAsApp'])
  expectProblem(t, mixed, { status: 400, code: 'mixed_resources' })
})

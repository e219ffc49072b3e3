import fc from 'fast-check'
import t from 'tap'
import { runSandbox } from '../fixture.ts'
import { problemFaults } from '../http/expect-problem.ts'
import { createRawClient, type RawReply, type RawRequest } from '../http/raw-client.ts'
import { bodyRoutes } from '../routes/body-routes.ts'

const { sandbox } = await runSandbox(t)
const send = createRawClient(sandbox.broker.origin, sandbox.demo.operatorKey)

/** Wrong members from the whole table, so that what one route refuses is also thrown at the others. */
const wrong = bodyRoutes.flatMap((route) => route.wrong.map(([, members]) => members))
const templates = [
  '/applications/:',
  '/tenants/:',
  '/callers/:',
  '/callers/demo-service/keys/:',
  '/scopes/:',
  '/consent/:',
  '/docs/:',
  '/:',
]
const lists = ['/applications', '/tenants', '/callers', '/applications/demo/credentials', '/scopes']
const filters = [
  '/audit?since',
  '/audit?until',
  '/audit?actor',
  '/audit?target',
  '/credentials?expires_before',
  '/tenants?status',
  '/tenants?failing',
  '/tenants?label',
  '/tenants?directory_id',
  '/export?at',
  '/callers/demo-service/keys?page_size',
  '/consent/callback?error',
]

const member = fc.constantFrom(...new Set(wrong.flatMap((members) => Object.keys(members))))
const anything = fc.oneof(fc.jsonValue({ maxDepth: 3 }), fc.string({ unit: 'binary' }))
const loose = fc.dictionary(fc.oneof(member, fc.string()), anything, { maxKeys: 6 })

/** A body near to a valid one, so that it is not always the first check that refuses. */
const posts: fc.Arbitrary<RawRequest> = fc
  .record({
    route: fc.constantFrom(...bodyRoutes),
    change: fc.oneof(loose, fc.constantFrom(...wrong)),
    dropped: fc.option(member),
  })
  .map(({ route, change, dropped }) => {
    // Generating keys is slow and is not what this looks at.
    const slow = { source: 'pem', certificate: 'none', private_key: 'none', key_size: undefined }
    const base = route.template.endsWith('/credentials') ? { ...route.valid, ...slow } : route.valid
    const body = { ...base, ...change, ...(dropped === null ? {} : { [dropped]: undefined }) }
    const { method, path, types = ['application/json'] } = route
    const headers = { 'content-type': types.at(-1) ?? '', ...(method === 'PATCH' && { 'if-match': '"1"' }) }
    return { method, path, headers, body: JSON.stringify(body) }
  })

const texts: fc.Arbitrary<RawRequest> = fc
  .record({
    route: fc.constantFrom(...bodyRoutes),
    type: fc.constantFrom('application/json', 'application/json; charset=x', 'text/plain', 'application/jso'),
    body: fc.oneof(
      fc.json(),
      fc.string({ unit: 'binary' }),
      fc.jsonValue().map((value) => JSON.stringify(value)),
    ),
  })
  .map(({ route: { method, path }, type, body }) => ({
    method,
    path,
    headers: { 'content-type': type },
    body,
  }))

const gets: fc.Arbitrary<RawRequest> = fc
  .record({
    method: fc.constantFrom('GET', 'HEAD', 'DELETE', 'PUT', 'OPTIONS'),
    template: fc.constantFrom(...templates),
    part: fc.oneof(
      fc.webPath(),
      fc.string({ unit: 'binary' }).map(encodeWellFormed),
      fc.stringMatching(/^[!-~]{0,40}$/),
    ),
  })
  .map(({ method, template, part }) => ({ method, path: template.replace(':', () => part) }))

/** Times that a schema takes and a date may not: leap seconds, far years, odd zones. */
const times = fc.oneof(
  fc.constantFrom('2016-12-31T23:59:60Z', '0000-01-01T00:00:00Z', '9999-12-31T23:59:59-23:59'),
  fc.date({ noInvalidDate: true }).map((date) => date.toISOString()),
)

const selections: fc.Arbitrary<RawRequest> = fc
  .record({
    filter: fc.constantFrom(...filters),
    value: fc.oneof(times, fc.string({ unit: 'binary' }), fc.stringMatching(/^[a-z]{1,9}[=/][a-z0-9]{0,9}$/)),
  })
  .map(({ filter, value }) => ({ method: 'GET', path: `${filter}=${encodeWellFormed(value)}` }))

const queries: fc.Arbitrary<RawRequest> = fc
  .record({
    list: fc.constantFrom(...lists),
    query: fc.oneof(
      fc.webQueryParameters(),
      fc.nat(300).map((size) => `page_size=${size}`),
    ),
    token: fc.option(fc.base64String({ maxLength: 80 }).map(encodeURIComponent)),
  })
  .map(({ list, query, token }) => ({
    method: 'GET',
    path: `${list}?${query}${token === null ? '' : `&page_token=${token}`}`,
  }))

function encodeWellFormed(text: string): string {
  return encodeURIComponent(text.toWellFormed())
}

/** In the words of whoever asks there: administrators read pages, OAuth clients RFC 6749's errors. */
function isRefusal({ path, body = '' }: RawRequest, reply: RawReply): boolean {
  if (path.startsWith('/consent/') && String(reply.headers['content-type']).startsWith('text/html'))
    return true
  if (/^\/msi\/|\/oauth2\//.test(path) && typeof reply.body['error'] === 'string') return true
  return problemFaults(reply, path + body).length === 0
}

/** The refusal names the member, which is a word that the broker must not say by itself. */
const echoed: RawRequest = {
  method: 'POST',
  path: '/tokens',
  headers: { 'content-type': 'application/json' },
  body: JSON.stringify({ tenant: 'contoso', scopes: ['Mail.Read'], Ajv: '' }),
}

const inputs = fc.oneof({ weight: 3, arbitrary: posts }, texts, gets, queries, selections)

t.test(
  'whatever is sent is served, or refused by a problem, and is never a fault of the broker',
  async (t) => {
    const seen = new Map<number, number>()
    await fc.assert(
      fc.asyncProperty(inputs, async (request) => {
        const reply = await send(request)
        seen.set(reply.status, (seen.get(reply.status) ?? 0) + 1)
        if (reply.status >= 500) return false
        // A HEAD has no body to judge.
        return reply.status < 400 || request.method === 'HEAD' || isRefusal(request, reply)
      }),
      { numRuns: 2_000, examples: [[echoed]] },
    )
    for (const status of [200, 400, 404, 415])
      t.ok(seen.get(status), `the inputs reached ${status}`, { found: seen })
  },
)

import t, { type Test } from 'tap'
import { Agent, fetch } from 'undici'
import { createCertificateAuthority } from '../../sandbox/certificate-authority.ts'
import { sandboxControl } from '../../sandbox/control.ts'
import { listen } from '../../sandbox/listen.ts'

const noon = Date.UTC(2026, 2, 2, 12)

async function start(t: Test) {
  const authority = await createCertificateAuthority(new Date())
  const listener = await listen(
    async (app) => {
      await app.register(sandboxControl, { now: () => noon })
      app.get('/things/:id', async () => 'thing')
      app.post('/things', async () => 'made')
    },
    await authority.issue(['localhost']),
  )
  const dispatcher = new Agent({ connect: { ca: authority.certificatePem } })
  t.teardown(async () => {
    await dispatcher.destroy()
    await listener.close()
  })
  const call = (method: string, path: string, body?: unknown) =>
    fetch(`${listener.origin}${path}`, {
      method,
      dispatcher,
      ...(body === undefined
        ? undefined
        : { body: JSON.stringify(body), headers: { 'content-type': 'application/json' } }),
    })
  const fault = (body: unknown) => call('POST', '/_sandbox/faults', body)
  const status = async (method: string, path: string) => (await call(method, path)).status
  return { listener, call, fault, status }
}

t.test('a fault answers as often as it was told to, then the service does again', async (t) => {
  const { fault, call, status } = await start(t)
  const headers = { 'retry-after': '60' }
  t.equal(
    (await fault({ match: '/things/', times: 2, status: 429, headers, body: 'Too Many Requests' })).status,
    204,
  )
  const first = await call('GET', '/things/1?key=secret')
  t.equal(first.status, 429)
  t.equal(first.headers.get('retry-after'), '60')
  t.equal(first.headers.get('content-type'), 'text/plain; charset=utf-8')
  t.equal(await first.text(), 'Too Many Requests')
  t.strictSame([await status('GET', '/things/1'), await status('GET', '/things/1')], [429, 200])
})

t.test('a fault matches by method and path prefix, or by a part of the path', async (t) => {
  const { fault, status } = await start(t)
  await fault({ match: 'GET /things', status: 503 })
  await fault({ match: '/things/2', status: 404 })
  t.equal(await status('POST', '/things'), 200)
  t.equal(await status('GET', '/things/1?x=/things/2'), 503, 'the query is not looked at')
  t.equal(await status('GET', '/things/2'), 404, 'the newest one answers')
  t.equal(await status('DELETE', '/_sandbox/faults'), 204)
  t.equal(await status('GET', '/things/2'), 200)
})

t.test('a fault that says no more is a 500, and a body that is no string goes out as JSON', async (t) => {
  const { fault, call } = await start(t)
  await fault({ match: '/things', status: 200, body: {} })
  const nonsense = await call('GET', '/things/1')
  t.equal(nonsense.headers.get('content-type'), 'application/json; charset=utf-8')
  t.equal(await nonsense.text(), '{}')
  await fault({ match: '/things' })
  const bare = await call('GET', '/things/1')
  t.equal(bare.status, 500)
  t.equal(await bare.text(), '')
})

t.test('a fault reaches paths that the service does not have', async (t) => {
  const { fault, status } = await start(t)
  t.equal(await status('GET', '/nothing'), 404)
  await fault({ match: '/nothing', status: 502 })
  t.equal(await status('GET', '/nothing'), 502)
})

t.test('a delay alone lets the request through, and others are answered meanwhile', async (t) => {
  const { fault, status } = await start(t)
  await fault({ match: '/things/slow', delay_ms: 400 })
  await fault({ match: '/things/late', delay_ms: 200, status: 504 })
  const started = performance.now()
  const order: number[] = []
  const ask = async (path: string) => order.push(await status('GET', path))
  const delayed = [ask('/things/slow'), ask('/things/late')]
  await fault({ match: '/things/other', status: 418 })
  await Promise.all([...delayed, ask('/things/other')])
  t.strictSame(order, [418, 504, 200])
  t.ok(performance.now() - started >= 395)
})

t.test('a reset cuts the connection', async (t) => {
  const { fault, call, status } = await start(t)
  await fault({ match: 'GET /things', times: 1, reset: true })
  await t.rejects(call('GET', '/things/1'), { message: 'fetch failed' })
  t.equal(await status('GET', '/things/1'), 200)
})

t.test('closing cuts the requests that are still delayed', async (t) => {
  const { fault, call, listener } = await start(t)
  await fault({ match: '/things', delay_ms: 60_000 })
  const pending = Array.from({ length: 12 }, () => call('GET', '/things/1'))
  const cut = Promise.all(pending.map((one) => t.rejects(one)))
  await new Promise((resolve) => setTimeout(resolve, 100))
  const started = performance.now()
  await listener.close()
  await cut
  t.ok(performance.now() - started < 1000)
})

t.test('requests are counted without their queries, and the control itself is not', async (t) => {
  const { fault, call, status } = await start(t)
  await status('GET', '/things/1?key=secret')
  await status('GET', '/things/1')
  await status('POST', '/things')
  await status('GET', '/_sandbox/requests')
  await fault({ match: 'POST /things', reset: true })
  await call('POST', '/things').catch(() => undefined)
  const at = '2026-03-02T12:00:00.000Z'
  const seen = { method: 'GET', path: '/things/1', status: 200, at }
  t.strictSame(await (await call('GET', '/_sandbox/requests')).json(), {
    total: 4,
    by_route: { 'GET /things/1': 2, 'POST /things': 2 },
    requests: [
      seen,
      seen,
      { method: 'POST', path: '/things', status: 200, at },
      { method: 'POST', path: '/things', status: null, at },
    ],
  })
  t.equal(await status('DELETE', '/_sandbox/requests'), 204)
  t.match(await (await call('GET', '/_sandbox/requests')).json(), { total: 0, requests: [] })
})

t.test('a fault that could not be meant is refused', async (t) => {
  const { fault } = await start(t)
  const refused = [
    {},
    { match: 'things' },
    { match: '/things', unknown: true },
    { match: '/things', times: 0 },
    { match: '/things', status: '500' },
    { match: '/things', status: 101 },
    { match: '/things', headers: { 'a b': 'x' } },
    { match: '/things', headers: { a: 'x\r\nb: y' } },
    { match: '/things', delay_ms: -1 },
  ]
  for (const body of refused) t.equal((await fault(body)).status, 400, JSON.stringify(body))
})

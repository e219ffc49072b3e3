import t, { type Test } from 'tap'
import { Agent, fetch } from 'undici'
import { createCertificateAuthority } from '../../sandbox/certificate-authority.ts'
import { createEntra } from '../../sandbox/entra/entra.ts'
import { createGraph } from '../../sandbox/graph/graph.ts'
import { listen } from '../../sandbox/listen.ts'
import { parsePermission } from '../../src/domain/permission.ts'
import { bySecret, clientId, contoso, members, secret } from './entra-fixture.ts'

const adele = 'adele@contoso.example'

/** An Entra and a Graph; `get` asks with a token that has exactly these roles. */
async function start(t: Test) {
  const clock = { now: Date.UTC(2026, 2, 2, 12) }
  const now = () => clock.now
  const authority = await createCertificateAuthority(new Date())
  const tls = await authority.issue(['localhost'])
  const entra = await createEntra({ origin: () => 'https://unused.example', now })
  const graph = createGraph({ verifyToken: entra.verifyToken, now })
  const listeners = [await listen(entra.plugin, tls), await listen(graph.plugin, tls)]
  const [login = '', root = ''] = listeners.map((listener) => listener.origin)
  const dispatcher = new Agent({ connect: { ca: authority.certificatePem } })
  t.teardown(async () => {
    await dispatcher.close()
    await Promise.all(listeners.map((listener) => listener.close()))
  })
  entra.state.putApplication(clientId, { secrets: [{ value: secret }] })

  const token = async (roles: readonly string[], scope = 'https://graph.microsoft.com/.default') => {
    const granted = roles.map(parsePermission).filter((role) => role !== undefined)
    entra.state.directories.consent(contoso, clientId, granted)
    const body = new URLSearchParams(bySecret({ scope }))
    const reply = await fetch(`${login}/${contoso}/oauth2/v2.0/token`, { method: 'POST', body, dispatcher })
    return String(members(await reply.json())['access_token'])
  }
  const send = async (path: string, bearer: string | undefined, body?: unknown) => {
    const reply = await fetch(`${root}${path}`, {
      dispatcher,
      method: body === undefined ? 'GET' : 'POST',
      headers: {
        'content-type': 'application/json',
        ...(bearer === undefined ? undefined : { authorization: `Bearer ${bearer}` }),
      },
      ...(body === undefined ? undefined : { body: JSON.stringify(body) }),
    })
    const text = await reply.text()
    return { status: reply.status, headers: reply.headers, body: members(JSON.parse(text || '{}')) }
  }
  const get = async (path: string, ...roles: readonly string[]) => send(path, await token(roles))
  return { clock, token, send, get }
}

t.test('each path opens to any of its roles', async (t) => {
  const { get } = await start(t)
  const window = '?startDateTime=2026-03-01T00:00:00Z&endDateTime=2026-03-31T00:00:00Z'
  const open: [path: string, role: string][] = [
    [`/v1.0/users/${adele}/messages`, 'Mail.Read'],
    ['/v1.0/users/6e7b768e-07e2-4810-8459-485f84f8f204/messages', 'Mail.ReadWrite'],
    [`/v1.0/users/${adele}/messages`, 'Mail.ReadBasic.All'],
    [`/v1.0/users/${adele}/events`, 'Calendars.Read'],
    [`/v1.0/users/${adele}/calendarView${window}`, 'Calendars.ReadWrite'],
    [`/v1.0/users/${adele}/contacts`, 'Contacts.Read'],
    ['/v1.0/users', 'User.Read.All'],
    ['/v1.0/users', 'Directory.Read.All'],
    ['/v1.0/organization', 'Organization.Read.All'],
  ]
  for (const [path, role] of open) {
    const { status, body } = await get(path, role)
    t.equal(status, 200, `${path} ${role}`)
    t.match(body['@odata.context'], /^https:\/\/graph\.microsoft\.com\/v1\.0\/\$metadata#/)
    t.ok(Array.isArray(body['value']) && body['value'].length > 0)
  }
})

t.test('basic mail has no bodies', async (t) => {
  const { get } = await start(t)
  const path = `/v1.0/users/${adele}/messages`
  t.match((await get(path, 'Mail.Read')).body, { value: [{ subject: String, body: { content: String } }] })
  const basic = JSON.stringify((await get(path, 'Mail.ReadBasic.All')).body)
  t.match(basic, /"subject"/)
  t.notMatch(basic, /"body/)
})

t.test('mail is sent with Mail.Send alone, to somebody', async (t) => {
  const { token, send } = await start(t)
  const path = `/v1.0/users/${adele}/sendMail`
  const message = { subject: 'Hi', toRecipients: [{ emailAddress: { address: 'alex@contoso.example' } }] }
  t.equal((await send(path, await token(['Mail.Send']), { message })).status, 202)
  t.match(await send(path, await token(['Mail.Send']), { message: {} }), { status: 400 })
  t.equal((await send(path, await token(['Mail.ReadWrite']), { message })).status, 403)
})

t.test('a role that is missing is refused by Exchange and by the directory in their own words', async (t) => {
  const { get } = await start(t)
  t.match(await get(`/v1.0/users/${adele}/messages`, 'Calendars.Read'), {
    status: 403,
    body: {
      error: {
        code: 'ErrorAccessDenied',
        message: 'Access is denied. Check credentials and try again.',
        innerError: { date: '2026-03-02T12:00:00', 'request-id': String, 'client-request-id': String },
      },
    },
  })
  t.match(await get('/v1.0/users'), {
    status: 403,
    body: { error: { code: 'Authorization_RequestDenied' } },
  })
})

t.test('a token that does not hold is refused with a challenge', async (t) => {
  const { clock, token, send } = await start(t)
  const path = `/v1.0/users/${adele}/messages`
  const good = await token(['Mail.Read'])
  const elsewhere = await token(['outlook:IMAP.AccessAsApp'], 'https://outlook.office365.com/.default')
  const refused: [bearer: string | undefined, message: string][] = [
    [undefined, 'Access token is empty.'],
    ['opaque', 'IDX14100: JWT is not well formed, there are no dots (.).'],
    [elsewhere, 'Access token validation failure. Invalid audience.'],
    [`${good.slice(0, -8)}AAAAAAAA`, 'Signature is invalid.'],
  ]
  for (const [bearer, message] of refused) {
    const { status, body, headers } = await send(path, bearer)
    t.equal(status, 401, message)
    t.match(body, { error: { code: 'InvalidAuthenticationToken', message } })
    t.match(headers.get('www-authenticate'), /^Bearer realm="", authorization_uri="https:/)
  }
  clock.now += 3_600_000
  t.match((await send(path, good)).body, {
    error: { message: 'Lifetime validation failed, the token is expired.' },
  })
})

t.test('what is not there is refused as Graph refuses it', async (t) => {
  const { get, send } = await start(t)
  t.match(await get('/v1.0/unknown', 'Mail.Read'), {
    status: 404,
    body: { error: { code: 'ResourceNotFound' } },
  })
  t.match(await send('/v1.0/unknown', undefined), { status: 401 })
  t.match(await get('/v1.0/users/nobody@contoso.example/messages', 'Mail.Read'), {
    status: 404,
    body: { error: { code: 'ErrorInvalidUser' } },
  })
  t.match(await get(`/v1.0/users/${adele}/calendarView`, 'Calendars.Read'), {
    status: 400,
    body: { error: { code: 'ErrorInvalidParameter' } },
  })
  for (const path of ['/v1.0/me', '/v1.0/me/messages']) {
    t.match(await get(path, 'Mail.Read'), {
      status: 400,
      body: {
        error: {
          code: 'BadRequest',
          message: '/me request is only valid with delegated authentication flow.',
        },
      },
    })
  }
})

import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import fc from 'fast-check'
import t from 'tap'
import { auditLine } from '../../src/broker/audit-line.ts'
import { fail } from '../../src/domain/result.ts'
import { createLogger } from '../../src/http/logger.ts'
import { runSandbox } from '../fixture.ts'
import { createRawClient, json } from '../http/raw-client.ts'

const forgery = '{"event":"token.issued","caller":"nobody"}'
/** What ends a line, moves a terminal's cursor, or turns its text around, for some reader or other. */
const breaks = [
  '\n',
  '\r',
  '\r\n',
  '\u0000',
  '\u001b[2K\u001b[1A',
  '\u0085',
  '\u009b31m',
  '\u2028',
  '\u2029',
  '\u007f',
]
const attacks = [
  ...breaks.map((end) => `Mail.Read${end}${forgery}${end}`),
  `"},${forgery}`,
  '\\',
  '\ud800',
  'é漢🔒',
]

/** Characters that no log should hold as they are. */
const harmful = /[\p{Cc}\u2028\u2029]/u

const { sandbox, folder } = await runSandbox(t)
const send = createRawClient(sandbox.broker.origin, sandbox.demo.callerKey)
const readAudit = () => readFileSync(join(folder, 'audit.log'), 'utf8')

t.test('whatever stands in a member that a caller sends, a request is one line of JSON', async (t) => {
  const before = readAudit()
  const bodies = attacks.flatMap((attack) => [
    { tenant: 'contoso', scopes: [attack] },
    { tenant: 'contoso', scopes: ['Mail.Read', attack] },
    { tenant: attack, scopes: ['Mail.Read'] },
    { tenant: 'contoso', scopes: ['Mail.Read'], dialect: attack },
    { tenant: 'contoso', scopes: ['Mail.Read'], rejected_token_sha256: attack },
    { tenant: 'contoso', scopes: ['Mail.Read'], [attack]: 1 },
  ])
  let recorded = 0
  for (const [index, body] of bodies.entries()) {
    const reply = await send({ method: 'POST', path: '/tokens', headers: json, body: JSON.stringify(body) })
    t.ok(reply.status >= 400 && reply.status < 500, `body ${index}`)
    // A body that no schema takes is refused before anybody decides, so there is no decision to record.
    if (reply.body['code'] !== 'invalid_request') recorded += 1
  }
  t.ok(recorded >= attacks.length, 'some of them came as far as the audit')
  const lines = readAudit().slice(before.length).trimEnd().split('\n')
  t.equal(lines.length, recorded)
  for (const line of lines) {
    t.notMatch(line, harmful)
    t.match(JSON.parse(line), { event: 'token.denied', caller: 'demo-service' })
  }
})

t.test('nor does an oversized body or header leave anything but a line that can be read', async (t) => {
  const before = readAudit()
  const sent = [
    { body: JSON.stringify({ tenant: 'a'.repeat(20_000), scopes: ['Mail.Read'] }) },
    { body: JSON.stringify({ tenant: 'contoso', scopes: Array(2_000).fill('Mail.Read') }) },
    { body: JSON.stringify({ tenant: 'contoso', scopes: ['x'.repeat(15_000)] }) },
    {
      body: '{}',
      headers: { 'user-agent': 'x'.repeat(8_000), 'x-request-id': forgery, 'x-forwarded-for': forgery },
    },
  ]
  for (const { body, headers = {} } of sent) {
    const reply = await send({ method: 'POST', path: '/tokens', headers: { ...json, ...headers }, body })
    t.ok(reply.status >= 400 && reply.status < 500)
  }
  const text = readAudit().slice(before.length)
  t.notMatch(text, 'nobody')
  for (const line of text.split('\n').filter((line) => line !== '')) {
    t.ok(line.length < 16_384)
    t.match(JSON.parse(line), { event: 'token.denied' })
  }
})

t.test('any text in any member of a line comes back as it was sent', async (t) => {
  const text = fc.string({ unit: 'binary', maxLength: 50 })
  fc.assert(
    fc.property(text, text, fc.array(text, { maxLength: 5 }), text, (callerId, tenant, scopes, requestId) => {
      const request = { tenant, scopes, dialect: 'aurinko' } as const
      const result = fail({ code: 'tenant_not_granted' } as const)
      const line = auditLine({ time: 0, callerId, request, requestId, result })
      const read = JSON.parse(line)
      return !harmful.test(line) && read.tenant === tenant && read.scopes.length === scopes.length
    }),
  )
  t.pass()
})

t.test('the operational log escapes what is in an error’s message', async (t) => {
  const lines: string[] = []
  const logger = createLogger('info', { write: (line: string) => void lines.push(line) })
  for (const attack of attacks) logger.error({ err: new Error(attack) }, 'it failed')
  t.equal(lines.length, attacks.length)
  for (const line of lines) {
    t.equal(line.indexOf('\n'), line.length - 1)
    t.notOk(line.includes('\r') || line.includes('\u001b'))
    t.match(JSON.parse(line), { level: 'error', msg: 'it failed' })
  }
})

import t from 'tap'
import { redact } from '../../src/domain/redact.ts'
import { createLogger } from '../../src/http/logger.ts'

function capture(level = 'trace') {
  const lines: string[] = []
  const logger = createLogger(level, { write: (line) => lines.push(line) })
  return { logger, lines, last: () => JSON.parse(lines.at(-1) ?? '{}') }
}

const key = `gtb.${'a'.repeat(16)}.${'B'.repeat(43)}`
const jwt = `eyJ${'a'.repeat(20)}.eyJ${'b'.repeat(20)}.${'c'.repeat(40)}`

t.test('what looks like a secret is cut out of a message, and the rest stays', async (t) => {
  const cases: readonly (readonly [string, string])[] = [
    [`Bearer ${jwt} was refused`, 'Bearer [redacted] was refused'],
    [`key ${key} is unknown`, 'key [redacted] is unknown'],
    ['-----BEGIN PRIVATE KEY-----\nMII\n-----END PRIVATE KEY----- after', '[redacted] after'],
    ['-----BEGIN RSA PRIVATE KEY-----\nMII never ends', '[redacted]'],
    ['client_secret=abc&scope=x', 'client_secret=[redacted]&scope=x'],
    ['{"access_token": "abc", "expires_in": 1}', '{"access_token": "[redacted]", "expires_in": 1}'],
    ["password: 'abc'", "password: '[redacted]'"],
    ['nothing of the kind', 'nothing of the kind'],
  ]
  for (const [text, clean] of cases) t.equal(redact(text), clean, text)
})

t.test('an error is logged by what is harmless of it, its causes too', async (t) => {
  const { logger, lines, last } = capture()
  const cause = Object.assign(new Error(`sent ${jwt}`), { code: 'ECONNRESET', request: { body: 'the body' } })
  const error = Object.assign(new TypeError(`failed for ${key}`, { cause }), { response: 'the reply' })
  logger.error({ err: error }, 'failed')
  t.match(last(), {
    level: 'error',
    msg: 'failed',
    time: /^\d{4}-\d\d-\d\dT/,
    err: {
      type: 'TypeError',
      message: 'failed for [redacted]',
      stack: /^TypeError/,
      cause: { code: 'ECONNRESET' },
    },
  })
  t.notMatch(lines.join(), /the body|the reply|eyJ|gtb\./)
  logger.error({ err: 'text' }, 'no error at all')
  t.match(last(), { err: { type: 'string' } })
})

t.test('a request is logged by its id, a reply by its status', async (t) => {
  const { logger, last } = capture()
  logger.info({
    req: { id: 'one', headers: { authorization: 'x' }, url: '/?code=1' },
    res: { statusCode: 200 },
  })
  t.strictSame([last().req, last().res], [{ id: 'one' }, { status: 200 }])
})

t.test('whatever a text holds, it is one line', async (t) => {
  const { logger, lines } = capture()
  const nasty = 'a\r\nb\u0000\u001b[31m\u2028\u2029{"level":"fatal"}'
  logger.warn({ err: new Error(nasty), field: nasty }, nasty)
  t.equal(lines.length, 1)
  t.equal(lines[0]?.trimEnd().split(/[\r\n]/).length, 1)
  for (const control of ['\u001b', '\u0000']) t.notOk(lines[0]?.includes(control))
  t.equal(JSON.parse(lines[0] ?? '').field, nasty)
})

t.test('a text of any length is cut, and quickly', async (t) => {
  const started = performance.now()
  const clean = redact(`${'eyJ'.repeat(200_000)}${'-----BEGIN PRIVATE KEY-----'.repeat(50_000)}`)
  t.ok(clean.length <= 2_100)
  t.ok(performance.now() - started < 100)
})

t.test('nothing is written below the level', async (t) => {
  const { logger, lines } = capture('warn')
  logger.info('quiet')
  t.strictSame(lines, [])
})

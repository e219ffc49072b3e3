import { type ChildProcess, fork } from 'node:child_process'
import { once } from 'node:events'
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { setTimeout as delay } from 'node:timers/promises'
import { fileURLToPath } from 'node:url'
import t from 'tap'
import { Agent, request } from 'undici'
import type { StartBroker } from '../../../bench/messages.ts'
import { vaultHost } from '../../../sandbox/clouds.ts'
import { parseJwt } from '../../../sandbox/entra/jwt.ts'
import { runSandbox } from '../../fixture.ts'
import { members } from '../../http/json-value.ts'

const kills = 20
const tokensALife = 500
const connections = 32
const script = fileURLToPath(new URL('../../../bench/broker-server.ts', import.meta.url))

t.setTimeout(300_000)

const { sandbox, folder } = await runSandbox(t)
const { cloud, demo } = sandbox

/** A broker over the same registry and audit file, in a process of its own. */
async function startBroker(): Promise<{ readonly broker: ChildProcess; readonly origin: string }> {
  const broker = fork(script)
  const order: StartBroker = {
    kind: 'start_broker',
    folder,
    auditLog: 'audit.log',
    certificatePem: cloud.certificatePem,
    entraOrigin: cloud.entra.origin,
    vaultUrl: `https://${vaultHost}:${cloud.keyVault.port}`,
    identity: cloud.identity,
  }
  broker.send(order)
  const [started] = await once(broker, 'message')
  return { broker, origin: `http://127.0.0.1:${String(members(started)['port'])}` }
}

const name = 'Mail.ReadWrite Calendars.ReadWrite'
let asked = 0

/** The same scopes spelled as nobody has spelled them before: the audit keeps the spelling. */
function nextSpelling(): string {
  asked += 1
  let bits = asked
  return name.replaceAll(/[a-z]/gi, (letter) => {
    const isUpper = bits % 2 === 1
    bits = Math.floor(bits / 2)
    return isUpper ? letter.toUpperCase() : letter.toLowerCase()
  })
}

/** What its holder can tell of each token that arrived, by the spelling that it was asked for in. */
const received = new Map<string, string>()

async function askOnce(origin: string, dispatcher: Agent): Promise<void> {
  const spelling = nextSpelling()
  const response = await request(`${origin}/tokens`, {
    method: 'POST',
    dispatcher,
    headers: { authorization: `Bearer ${demo.callerKey}`, 'content-type': 'application/json' },
    body: JSON.stringify({ tenant: 'contoso', scopes: [spelling] }),
  })
  const text = await response.body.text()
  if (response.statusCode !== 200) return
  const token = String(members(JSON.parse(text))['access_token'])
  received.set(spelling, String(parseJwt(token)?.claims['uti']))
}

async function live(): Promise<void> {
  const { broker, origin } = await startBroker()
  const ended = once(broker, 'exit')
  const dispatcher = new Agent({ connections })
  const goal = received.size + tokensALife
  const isAlive = () => broker.exitCode === null && broker.signalCode === null
  const askers = Array.from({ length: connections }, async () => {
    while (isAlive()) await askOnce(origin, dispatcher).catch(() => delay(1))
  })
  while (received.size < goal && isAlive()) await delay(1)
  broker.kill('SIGKILL')
  await ended
  await Promise.all(askers)
  await dispatcher.destroy()
}

t.test('no token without its line in the audit, whenever the broker is killed', async (t) => {
  for (let kill = 0; kill < kills; kill += 1) await live()

  const lines = readFileSync(join(folder, 'audit.log'), 'utf8').split('\n').filter(Boolean)
  const told = new Map<string, string>()
  let torn = 0
  for (const line of lines) {
    try {
      const { event, scopes, uti, tenant, caller } = members(JSON.parse(line))
      if (event === 'token.issued' && tenant === 'contoso' && caller === 'demo-service')
        told.set(String(scopes), String(uti))
    } catch {
      torn += 1
    }
  }
  t.ok(received.size >= kills * tokensALife, `${received.size} tokens arrived`)
  t.ok(new Set(received.values()).size >= kills, 'each life of the broker had a token of its own')
  const untold = [...received].filter(([spelling, uti]) => told.get(spelling) !== uti)
  t.strictSame(untold, [], 'each is told of, with its id at Microsoft')
  t.ok(torn <= kills, `${torn} lines are torn, one a kill at most`)
  t.comment(`${received.size} tokens, ${lines.length} lines, ${torn} torn, ${kills} kills`)
})

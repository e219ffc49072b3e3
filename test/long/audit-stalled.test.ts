import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { closeSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import { setTimeout as delay } from 'node:timers/promises'
import t, { type Test } from 'tap'
import { drain, makeFifo, openReader } from '../adapters/audit/fifo.ts'
import { runSandbox } from '../fixture.ts'
import { expectProblem } from '../http/expect-problem.ts'

const refused = { status: 503, code: 'audit_unavailable' }
/** Milliseconds that a line may wait, and what a busy machine adds to them. */
const longest = 500 + 400

t.test('a broker whose audit is a pipe that nobody empties any more', async (t) => {
  const path = makeFifo(t)
  const reader = openReader(path)
  t.teardown(() => closeSync(reader))
  const { caller, operator, anonymous } = await runSandbox(t, { environment: { AUDIT_FILE: path } })
  const ask = () => caller('POST', '/tokens', { tenant: 'contoso', scopes: ['Mail.Read'] })
  const isIssued = (line: string) => JSON.parse(line).event === 'token.issued'

  let issued = 1
  let reply = await ask()
  t.equal(reply.status, 200)
  for (; reply.status === 200 && issued < 2_000; issued += 1) {
    const batch = await Promise.all(Array.from(Array(20), ask))
    issued += batch.filter(({ status }) => status === 200).length - 1
    reply = batch.find(({ status }) => status !== 200) ?? reply
  }
  expectProblem(t, reply, refused)
  t.notOk('access_token' in reply.body)
  t.match(reply.headers['retry-after'], /^\d+$/)

  const startedAt = performance.now()
  const denied = await caller('POST', '/tokens', { tenant: 'nobody', scopes: ['Mail.Read'] })
  expectProblem(t, denied, refused, 'a denial that cannot be recorded is not told either')
  for (const path of ['/livez', '/readyz', '/metrics'])
    t.equal((await anonymous('GET', path)).status, 200, path)
  t.equal((await operator('GET', '/tenants')).status, 200, 'changes have their own audit')
  t.ok(performance.now() - startedAt < longest, 'and nobody waited')

  let text = drain(reader)
  for (; (await ask()).status !== 200; text += drain(reader)) await delay(5)
  for (let more = drain(reader); more !== ''; more = drain(reader)) text += more
  const lines = text.trimEnd().split('\n')
  t.ok(lines.filter(isIssued).length > issued, 'each token that was handed out has its line')
  t.match(JSON.parse(lines.at(-1) ?? ''), { event: 'token.issued' })
})

const module = new URL('../../src/adapters/audit/file-sink.ts', import.meta.url).href
/** Appends a line for each line on standard input, and tells on standard error what became of it. */
const talker = `
  const { openAuditFile } = await import('${module}')
  const { createInterface } = await import('node:readline')
  const sink = openAuditFile(undefined, { onError() {}, onRecovery() {} })
  createInterface({ input: process.stdin }).on('line', async (name) => {
    if (name === 'ping') return process.stderr.write('pong\\n')
    const { ok } = await sink.append(name === 'large' ? 'x'.repeat(2_000_000) : name)
    process.stderr.write(name + ' ' + ok + '\\n')
  })`

/** The talker with its standard output on a pipe of the shell, or on the socket that Node makes. */
async function talk(t: Test, command: string, args: readonly string[]) {
  const child: ChildProcess = spawn(command, args, { stdio: 'pipe' })
  t.teardown(() => child.kill('SIGKILL'))
  const { stdin, stderr } = child
  if (stdin === null || stderr === null) throw new Error('the child has no pipes')
  const told = createInterface({ input: stderr })
  return {
    child,
    async say(name: string) {
      stdin.write(`${name}\n`)
      const [line] = await once(told, 'line')
      return String(line)
    },
  }
}

t.test('standard output on a socket that nobody reads', async (t) => {
  const { child, say } = await talk(t, process.execPath, ['--input-type=module', '-e', talker])
  t.equal(await say('small'), 'small true')
  t.equal(await say('large'), 'large false')
  t.equal(await say('ping'), 'pong', 'the process is alive')
  t.equal(await say('small'), 'small false')
  let size = 0
  child.stdout?.on('data', (chunk: Buffer) => {
    size += chunk.length
  })
  while ((await say('small')) !== 'small true') await delay(5)
  while (size < 2_000_000 + 'small\n'.length * 2 + 1) await once(child.stdout ?? child, 'data')
  t.equal(await say('small'), 'small true')
})

t.test('standard output on a pipe whose reader sleeps, and then goes', async (t) => {
  const path = join(t.testdir({}), 'talker.mjs')
  const reader = `read -r line; echo "$line" > ${path}.read; sleep 2`
  const script = '"$0" --input-type=module -e "$1" | bash -c "$2"'
  const { say } = await talk(t, 'bash', ['-c', script, process.execPath, talker, reader])
  t.equal(await say('small'), 'small true')
  t.equal(await say('large'), 'large false')
  t.equal(await say('ping'), 'pong', 'the process is alive')
  await delay(2_000)
  t.equal(await say('small'), 'small false', 'and stays so when the reader is gone')
  t.equal(await say('ping'), 'pong')
  t.equal(readFileSync(`${path}.read`, 'utf8'), 'small\n')
})

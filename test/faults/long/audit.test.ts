import { closeSync } from 'node:fs'
import type { Test } from 'tap'
import { openAuditFile } from '../../../src/adapters/audit/file-sink.ts'
import { drain, makeFifo, openReader } from '../../adapters/audit/fifo.ts'
import { runSandbox } from '../../fixture.ts'
import { expectProblem } from '../../http/expect-problem.ts'
import { prove } from '../prove.ts'

const refused = { status: 503, code: 'audit_unavailable' }

async function brokerWith(t: Test, auditFile: string) {
  const { caller, operator, anonymous } = await runSandbox(t, { environment: { AUDIT_FILE: auditFile } })
  const ask = (tenant = 'contoso') => caller('POST', '/tokens', { tenant, scopes: ['Mail.Read'] })

  /** Nothing is handed out, nor told, and nothing else is held up. */
  async function expectRefused(t: Test) {
    const reply = await ask()
    expectProblem(t, reply, refused)
    t.match(reply.headers['retry-after'], /^\d+$/)
    t.notOk('access_token' in reply.body)
    expectProblem(t, await ask('nobody'), refused, 'a denial that cannot be recorded is not told either')
    for (const path of ['/livez', '/readyz', '/metrics']) {
      t.equal((await anonymous('GET', path)).status, 200, path)
    }
    t.equal((await operator('GET', '/tenants')).status, 200)
  }
  return { ask, expectRefused }
}

/** A pipe whose reader goes and comes back. */
async function expectRecovery(t: Test, rounds: number) {
  const path = makeFifo(t)
  let reader = openReader(path)
  const { ask, expectRefused } = await brokerWith(t, path)
  for (let round = 0; round < rounds; round += 1) {
    t.equal((await ask()).status, 200)
    closeSync(reader)
    await expectRefused(t)
    reader = openReader(path)
    t.equal((await ask()).status, 200)
    t.match(drain(reader), /"event":"token\.issued"/)
  }
  closeSync(reader)
}

prove('audit', 'long', {
  async refused(t) {
    const events = { onError: () => undefined, onRecovery: () => undefined }
    t.throws(() => openAuditFile(t.testdir({}), events), { code: 'EISDIR' })
  },
  reset: (t) => expectRecovery(t, 1),
  async failing(t) {
    const { expectRefused } = await brokerWith(t, '/dev/full')
    await expectRefused(t)
  },
  flapping: (t) => expectRecovery(t, 3),
})

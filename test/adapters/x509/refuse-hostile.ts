import { randomBytes } from 'node:crypto'
import type { Test } from 'tap'
import { createCertificates } from '../../../src/adapters/x509/certificates.ts'
import type { Random } from '../../../src/broker/ports.ts'
import { type Hostile, otherPassword, password } from './hostile.ts'

const random: Random = { fraction: () => 0, bytes: (length) => randomBytes(length), uuid: () => '' }
const clock = { now: () => Date.now(), monotonic: () => 0 }
/** Milliseconds; long enough for a slow machine, because what must be refused at once must not be late. */
export const certificates = createCertificates(clock, random, { deadlineMilliseconds: 20_000 })

/** Of the main thread's own work, in milliseconds: what other threads and programs do is not in it. */
function watchMainThread() {
  let longest = 0
  let since = process.threadCpuUsage()
  const look = () => {
    const { user, system } = process.threadCpuUsage(since)
    longest = Math.max(longest, (user + system) / 1000)
    since = process.threadCpuUsage()
  }
  const timer = setInterval(look, 5)
  return () => {
    clearInterval(timer)
    look()
    return longest
  }
}

async function readAll(all: readonly Hostile[]) {
  const waiting = all.values()
  const answers = new Map<Hostile, Awaited<ReturnType<typeof certificates.read>>>()
  const takeTurns = async () => {
    for (const hostile of waiting) answers.set(hostile, await certificates.read(hostile.material))
  }
  const stop = watchMainThread()
  await Promise.all([takeTurns(), takeTurns()])
  return { answers, longest: stop() }
}

const secrets = new RegExp(`${password}|${otherPassword}|[A-Za-z0-9+/_=]{40}`)

/** All of a kind are refused as they should be, two at a time, and the main thread stays free meanwhile. */
export function testRefusals(t: Test, name: string, all: readonly Hostile[]): void {
  t.test(`${name} is refused with a reason and an advice, and holds nobody up`, async (t) => {
    const { answers, longest } = await readAll(all)
    for (const [hostile, answer] of answers) {
      t.match(answer, { ok: false, failure: { code: 'certificate_refused', hint: /.{10}/ } }, hostile.name)
      if (answer.ok || answer.failure.code !== 'certificate_refused') continue
      t.match(answer.failure.detail, hostile.detail, hostile.name)
      t.notMatch(JSON.stringify(answer.failure), secrets, 'nothing of it is in the answer')
    }
    t.equal(answers.size, all.length)
    t.ok(longest < 100, `the event loop was held up for ${longest} ms at most`)
  })
}

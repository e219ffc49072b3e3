import { Worker } from 'node:worker_threads'
import t from 'tap'
import { createReadingHost } from '../../../src/adapters/x509/reading-host.ts'
import type { ReadingTask } from '../../../src/adapters/x509/reading-task.ts'

const task: ReadingTask = { kind: 'certificate', pem: '', now: 0 }
const slow = { ok: false, failure: { code: 'certificate_refused', detail: /takes too long to read/ } }
const dead = { ok: false, failure: { code: 'certificate_refused', detail: /reading it was given up/ } }

/** Threads that run this code, and how many of them there were at once. */
function countWorkers(code: string, resourceLimits = {}) {
  const workers: Worker[] = []
  let running = 0
  let most = 0
  const startWorker = () => {
    const worker = new Worker(code, { eval: true, resourceLimits })
    workers.push(worker)
    running += 1
    most = Math.max(most, running)
    worker.once('exit', () => {
      running -= 1
    })
    return worker
  }
  return { workers, startWorker, most: () => most }
}

const forever = 'setInterval(() => {}, 1_000_000)'
const answer = "require('node:worker_threads').parentPort.postMessage({ ok: true, value: 'read' })"

t.test('what takes too long is refused, and its thread is ended', async (t) => {
  const { workers, startWorker } = countWorkers(forever)
  const read = createReadingHost({ deadlineMilliseconds: 50, startWorker })
  t.match(await read(task), slow)
  const [worker] = workers
  t.equal(workers.length, 1)
  if (worker?.threadId !== -1) await new Promise((resolve) => worker?.once('exit', resolve))
  t.equal(worker?.threadId, -1, 'it is gone')
})

t.test('a thread that dies is a refusal: it exits, throws, or runs out of memory', async (t) => {
  const limits = { maxOldGenerationSizeMb: 8, maxYoungGenerationSizeMb: 2 }
  const codes = [
    'process.exit(1)',
    "throw new Error('a fault in reading')",
    "process.nextTick(() => { throw new Error('a fault later') })",
    'const all = []; for (;;) all.push(new Array(10_000).fill(all.length))',
  ]
  for (const code of codes) {
    const { startWorker } = countWorkers(code, limits)
    t.match(await createReadingHost({ startWorker })(task), dead, code)
  }
})

t.test('a thread that the system does not give is a refusal, and the next one is tried', async (t) => {
  const { startWorker } = countWorkers(answer)
  let refused = 3
  const read = createReadingHost({
    startWorker: () => {
      refused -= 1
      if (refused >= 0) throw new Error('no thread')
      return startWorker()
    },
  })
  const answers = await Promise.all([read(task), read(task), read(task), read(task)])
  for (const answer of answers.slice(0, 3)) t.match(answer, dead)
  t.match(answers[3], { ok: true, value: 'read' })
})

t.test('two are read at once, and each in a thread of its own', async (t) => {
  const { workers, startWorker, most } = countWorkers(answer)
  const read = createReadingHost({ startWorker, deadlineMilliseconds: 20_000 })
  const answers = await Promise.all(Array.from({ length: 6 }, () => read(task)))
  for (const answer of answers) t.match(answer, { ok: true, value: 'read' })
  t.equal(workers.length, 6)
  t.equal(most(), 2)
})

t.test('a thread inside OpenSSL, which cannot be ended, keeps its place', async (t) => {
  const code = "require('node:crypto').pbkdf2Sync('p', 's', 2_000_000, 64, 'sha512')"
  const { workers, startWorker, most } = countWorkers(code)
  const busy = [startWorker(), startWorker()]
  await Promise.all(busy.map((worker) => new Promise((resolve) => worker.once('online', resolve))))
  const ended = Promise.all(busy.map((worker) => new Promise((resolve) => worker.once('exit', resolve))))
  const read = createReadingHost({
    startWorker: () => busy.shift() ?? startWorker(),
    deadlineMilliseconds: 50,
  })
  const answers = await Promise.all([read(task), read(task), read(task)])
  for (const answer of answers) t.match(answer, slow, 'who waits for a place is refused like who has one')
  t.match(await read(task), slow, 'and so is who comes later')
  await ended
  t.equal(workers.length, 2, 'who was refused is not read afterwards')
  t.equal(most(), 2)
})

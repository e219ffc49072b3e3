import { closeSync } from 'node:fs'
import { setTimeout as delay } from 'node:timers/promises'
import t from 'tap'
import { type AuditReport, openAuditFile } from '../../../src/adapters/audit/file-sink.ts'
import { drain, makeFifo, openReader } from './fifo.ts'

/** Milliseconds that a line may wait, and what a busy machine adds to them. */
const longest = 500 + 400
/** More than any pipe holds. */
const large = 'x'.repeat(2_000_000)

function reports(): AuditReport & { readonly told: string[] } {
  const told: string[] = []
  const onError = (error: unknown) =>
    told.push(error instanceof Error && 'code' in error ? String(error.code) : String(error))
  return { told, onError, onRecovery: () => told.push('recovered') }
}

t.test('lines wait half a second for the reader, and those that come later not at all', async (t) => {
  const path = makeFifo(t)
  const reader = openReader(path)
  t.teardown(() => closeSync(reader))
  const report = reports()
  const sink = openAuditFile(path, report)
  t.teardown(() => sink.close())
  t.match(await sink.append('first'), { ok: true })
  t.equal(drain(reader), 'first\n')

  const startedAt = performance.now()
  const took = async (line: string, milliseconds: number) => {
    await delay(milliseconds)
    const { ok } = await sink.append(line)
    return { ok, after: performance.now() - startedAt }
  }
  const [before, during] = await Promise.all([took(large, 0), took('during', 300)])
  for (const { ok, after } of [before, during]) {
    t.notOk(ok)
    t.ok(after >= 499 && after < longest, `refused after ${Math.round(after)} ms`)
  }
  const refusedAt = performance.now()
  t.match(await sink.append('after'), { ok: false })
  t.ok(performance.now() - refusedAt < 100)
  t.strictSame(report.told, ['Error: no line was taken within 500 ms'])

  let text = ''
  for (let ok = false; !ok; text += drain(reader)) {
    await delay(1)
    ok = (await sink.append('again')).ok
  }
  for (let more = drain(reader); more !== ''; more = drain(reader)) text += more
  t.strictSame(
    text.split('\n'),
    [large, 'again', ''],
    'what was half taken is whole, and refused lines are gone',
  )
  t.strictSame(report.told.slice(1), ['recovered'])
})

t.test('a line that waited for others has waited already', async (t) => {
  const path = makeFifo(t)
  const reader = openReader(path)
  t.teardown(() => closeSync(reader))
  const sink = openAuditFile(path, { onError: () => undefined, onRecovery: t.fail })
  t.teardown(() => sink.close())
  let isTaken = false
  const first = sink.append(large).then(({ ok }) => {
    isTaken = ok
  })
  await delay(20)
  const startedAt = performance.now()
  const second = sink.append(large)
  await delay(400)
  // Less than all of both, so that the second is begun and never taken.
  for (; !isTaken; await delay(1)) drain(reader)
  await first
  t.match(await second, { ok: false })
  const after = performance.now() - startedAt
  t.ok(after < 750, `refused after ${Math.round(after)} ms`)
})

t.test('a reader that is slow but reads delays, and refuses nobody', async (t) => {
  const path = makeFifo(t)
  const reader = openReader(path)
  t.teardown(() => closeSync(reader))
  const sink = openAuditFile(path, { onError: t.error, onRecovery: t.fail })
  t.teardown(() => sink.close())
  let read = 0
  let isDone = false
  const waiting = Promise.all(Array.from(Array(8), (_, n) => sink.append(`${n}${'x'.repeat(100_000)}`)))
  waiting.then(() => {
    isDone = true
  })
  for (; !isDone; await delay(5)) read += drain(reader).length
  for (const result of await waiting) t.match(result, { ok: true })
  read += drain(reader).length
  t.equal(read, 8 * 100_002)
})

t.test('a pipe without a reader takes nothing and holds nobody up, until one comes', async (t) => {
  const path = makeFifo(t)
  const report = reports()
  const sink = openAuditFile(path, report)
  t.teardown(() => sink.close())
  t.match(await sink.append('lost'), { ok: false })
  const first = openReader(path)
  t.match(await sink.append('first'), { ok: true })
  t.equal(drain(first).trim(), 'first')
  closeSync(first)
  t.match(await sink.append('lost'), { ok: false })
  const second = openReader(path)
  t.teardown(() => closeSync(second))
  t.match(await sink.append('second'), { ok: true })
  t.equal(drain(second), '\nsecond\n', 'the reader that went may have left half a line')
  t.strictSame(report.told, ['ENXIO', 'recovered', 'EPIPE', 'recovered'])
})

import { spawnSync } from 'node:child_process'
import { readFileSync, statSync } from 'node:fs'
import { join } from 'node:path'
import { setImmediate as turn } from 'node:timers/promises'
import t from 'tap'
import { openAuditFile } from '../../../src/adapters/audit/file-sink.ts'

const unavailable = { ok: false, failure: { code: 'audit_unavailable' } }

t.test('lines come out whole and in order, and each is there before its promise settles', async (t) => {
  const path = join(t.testdir({}), 'audit.log')
  const sink = openAuditFile(path, (error) => t.error(error))
  t.equal(statSync(path).mode & 0o777, 0o600)
  const lines = Array.from(Array(500), (_, index) => `{"line":${index}}`)
  let settled = 0
  await Promise.all(
    lines.map(async (line) => {
      t.equal((await sink.append(line)).ok, true)
      settled += 1
      if (settled === 1) t.equal(readFileSync(path, 'utf8'), `${lines.join('\n')}\n`)
    }),
  )
  await sink.append('{"line":"next turn"}')
  t.match(readFileSync(path, 'utf8'), /"line":499\}\n\{"line":"next turn"\}\n$/)
  sink.close()
})

t.test('what stands in the file stays, and closing writes what waits', async (t) => {
  const path = join(t.testdir({ 'audit.log': 'before\n' }), 'audit.log')
  const sink = openAuditFile(path, (error) => t.error(error))
  const waiting = sink.append('last')
  sink.close()
  t.equal((await waiting).ok, true)
  t.equal(readFileSync(path, 'utf8'), 'before\nlast\n')
  await turn()
  t.equal(readFileSync(path, 'utf8'), 'before\nlast\n', 'and nothing twice')
})

t.test('a line that a crash has torn spoils no other', async (t) => {
  const path = join(t.testdir({ 'audit.log': '{"line":1}\n{"line":2,"tor' }), 'audit.log')
  const sink = openAuditFile(path, (error) => t.error(error))
  await sink.append('{"line":3}')
  await sink.append('{"line":4}')
  sink.close()
  t.equal(readFileSync(path, 'utf8'), '{"line":1}\n{"line":2,"tor\n{"line":3}\n{"line":4}\n')
})

t.test('a disk that is full fails every line of its group', async (t) => {
  const errors: unknown[] = []
  const sink = openAuditFile('/dev/full', (error) => errors.push(error))
  const results = await Promise.all(['a', 'b', 'c'].map((line) => sink.append(line)))
  for (const result of results) t.match(result, unavailable)
  t.equal(errors.length, 1)
  t.match(errors[0], { code: 'ENOSPC' })
  t.match(await sink.append('d'), unavailable, 'and the next group too')
  sink.close()
})

t.test('a file that cannot be opened stops the start', async (t) => {
  t.throws(() => openAuditFile(join(t.testdir({}), 'none', 'audit.log'), () => undefined), { code: 'ENOENT' })
})

t.test('without a file the lines go to standard output', async (t) => {
  const module = new URL('../../../src/adapters/audit/file-sink.ts', import.meta.url).href
  const script = `const { openAuditFile } = await import('${module}')
    const sink = openAuditFile(undefined, () => process.exit(1))
    await Promise.all([sink.append('one'), sink.append('two')])
    sink.close()`
  const { stdout, status } = spawnSync(process.execPath, ['--input-type=module', '-e', script], {
    encoding: 'utf8',
  })
  t.strictSame([status, stdout], [0, 'one\ntwo\n'])
})

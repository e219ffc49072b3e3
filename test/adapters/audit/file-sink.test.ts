import { spawnSync } from 'node:child_process'
import { readFileSync, statSync } from 'node:fs'
import { join } from 'node:path'
import { setImmediate as turn } from 'node:timers/promises'
import t from 'tap'
import { openAuditFile } from '../../../src/adapters/audit/file-sink.ts'
import { append } from './append.ts'

const module = new URL('../../../src/adapters/audit/file-sink.ts', import.meta.url).href
const quiet = { onError: () => undefined, onRecovery: () => undefined }
const unavailable = { ok: false, failure: { code: 'audit_unavailable' } }

t.test('lines come out whole and in order, and each is there before its promise settles', async (t) => {
  const path = join(t.testdir({}), 'audit.log')
  const sink = openAuditFile(path, { onError: t.error, onRecovery: t.fail })
  t.equal(statSync(path).mode & 0o777, 0o600)
  const lines = Array.from(Array(500), (_, index) => `{"line":${index}}`)
  let settled = 0
  await Promise.all(
    lines.map(async (line) => {
      t.equal((await append(sink, line)).ok, true)
      settled += 1
      if (settled === 1) t.equal(readFileSync(path, 'utf8'), `${lines.join('\n')}\n`)
    }),
  )
  await append(sink, '{"line":"next turn"}')
  t.match(readFileSync(path, 'utf8'), /"line":499\}\n\{"line":"next turn"\}\n$/)
  sink.close()
})

t.test('what stands in the file stays, and closing writes what waits', async (t) => {
  const path = join(t.testdir({ 'audit.log': 'before\n' }), 'audit.log')
  const sink = openAuditFile(path, { onError: t.error, onRecovery: t.fail })
  const waiting = append(sink, 'last')
  sink.close()
  t.equal((await waiting).ok, true)
  t.equal(readFileSync(path, 'utf8'), 'before\nlast\n')
  await turn()
  t.equal(readFileSync(path, 'utf8'), 'before\nlast\n', 'and nothing twice')
})

t.test('a disk that is full fails every line of its group', async (t) => {
  const errors: unknown[] = []
  const sink = openAuditFile('/dev/full', { onError: (error) => errors.push(error), onRecovery: t.fail })
  const results = await Promise.all(['a', 'b', 'c'].map((line) => append(sink, line)))
  for (const result of results) t.match(result, unavailable)
  t.equal(errors.length, 1)
  t.match(errors[0], { code: 'ENOSPC' })
  t.match(await append(sink, 'd'), unavailable, 'and the next group too')
  t.equal(errors.length, 1, 'which is not told again')
  sink.close()
})

t.test('a file that cannot be opened stops the start', async (t) => {
  t.throws(() => openAuditFile(join(t.testdir({}), 'none', 'audit.log'), quiet), { code: 'ENOENT' })
})

t.test('without a file the lines go to standard output', async (t) => {
  const script = `const { openAuditFile } = await import('${module}')
    const sink = openAuditFile(undefined, { onError: () => process.exit(1) })
    sink.append('one', () => sink.append('two', () => sink.close()))`
  const { stdout, status } = spawnSync(process.execPath, ['--input-type=module', '-e', script], {
    encoding: 'utf8',
  })
  t.strictSame([status, stdout], [0, 'one\ntwo\n'])
})

t.test('a line that was cut off by the death of the process stays alone on its line', async (t) => {
  const path = join(t.testdir({ 'audit.log': '{"line":1}\n{"li' }), 'audit.log')
  const sink = openAuditFile(path, quiet)
  await append(sink, '{"line":2}')
  await append(sink, '{"line":3}')
  sink.close()
  t.equal(readFileSync(path, 'utf8'), '{"line":1}\n{"li\n{"line":2}\n{"line":3}\n')
})

t.test('a disk that fills up within a line, and has room again', async (t) => {
  const path = join(t.testdir({}), 'audit.log')
  // The limit on a file's size stands in for the disk: the kernel takes what fits, and then nothing.
  const script = `process.on('SIGXFSZ', () => undefined)
    const { truncateSync } = await import('node:fs')
    const { openAuditFile } = await import('${module}')
    const told = []
    const sink = openAuditFile('${path}', {
      onError: ({ code }) => told.push(code),
      onRecovery: () => told.push('recovered'),
    })
    const append = (name, length) => new Promise((settle) =>
      sink.append(JSON.stringify({ name, more: 'x'.repeat(length) }), ({ ok }) => settle(ok)))
    const kept = [await append('a', 700), await append('b', 700), await append('c', 700), await append('d', 10)]
    truncateSync('${path}', 900)
    kept.push(await append('e', 10), await append('f', 10))
    process.stdout.write(JSON.stringify({ kept, told }))`
  const shell = [
    '-c',
    'ulimit -f 1; unset NODE_OPTIONS; exec "$0" --input-type=module -e "$1"',
    process.execPath,
    script,
  ]
  // NODE_OPTIONS: what the test runner has its children do is to write a file of their own.
  const { stdout, stderr } = spawnSync('bash', shell, { encoding: 'utf8' })
  t.equal(stderr, '')
  t.strictSame(JSON.parse(stdout), {
    kept: [true, false, false, false, true, true],
    told: ['EFBIG', 'recovered'],
  })
  const lines = readFileSync(path, 'utf8').trimEnd().split('\n')
  t.strictSame(lines.map(nameOf), ['a', 'torn', 'e', 'f'])
})

function nameOf(line: string): unknown {
  try {
    return JSON.parse(line).name
  } catch {
    return 'torn'
  }
}

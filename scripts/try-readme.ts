import { type ChildProcess, execFileSync, spawn } from 'node:child_process'
import { once } from 'node:events'
import { cpSync, mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join, resolve } from 'node:path'
import { setTimeout as delay } from 'node:timers/promises'
import { readCommands } from '../test/docs-terminal.ts'

/*
 * The first five minutes with this repository: what "Try it" of the README says, in an empty folder and in that order.
 * Needs the package registry, port 8080 and a few minutes, so it is a step of `.ci/run` and no test.
 */

const root = resolve(import.meta.dirname, '..')
const folder = mkdtempSync(join(tmpdir(), 'readme-'))
/** Milliseconds for `npm ci` and the start. */
const deadline = 300_000

const [, command] = /^## Try it\n[\s\S]*?^```console\n\$ (.+)$/m.exec(readme()) ?? []
if (command === undefined) throw new Error('"Try it" has no command.')
const curl = readCommands('README.md').take('Try it')

copyTree()
const started = performance.now()
const sandbox = spawn('bash', ['-c', command], { cwd: folder, env: environment(), detached: true })
try {
  const printed = await untilReady(sandbox)
  console.log(`${command}: ready after ${Math.round((performance.now() - started) / 1000)} s`)
  const [, printedCurl = ''] = /^Try it:\n([\s\S]+?)\n\n/m.exec(printed) ?? []
  expectToken('the printed command', run(printedCurl))
  expectToken('the command of the README', run(curl))
  if (!/^\s+200, [1-9]\d* messages$/m.test(printed)) throw new Error('The local Graph gave no mail.')
} finally {
  await stop(sandbox)
  rmSync(folder, { recursive: true })
}

function readme(): string {
  return readFileSync(join(root, 'README.md'), 'utf8')
}

/** What a clone would have: files that are known to git or may become so, as they are. */
function copyTree(): void {
  const list = execFileSync('git', ['ls-files', '-z', '--cached', '--others', '--exclude-standard'], {
    cwd: root,
  })
  for (const name of list.toString('utf8').split('\0')) {
    if (name !== '' && name !== 'node_modules') cpSync(join(root, name), join(folder, name))
  }
}

/** A person's own: nothing of the npm script that this runs in, and no Node of this repository on the path. */
function environment(): NodeJS.ProcessEnv {
  const kept = Object.entries(process.env).filter(([name]) => !/^(npm_|NODE_|INIT_CWD)/i.test(name))
  const path = (process.env['PATH'] ?? '').split(':').filter((part) => !part.includes('node_modules'))
  return { ...Object.fromEntries(kept), PATH: path.join(':') }
}

async function untilReady(child: ChildProcess): Promise<string> {
  let printed = ''
  const ready = Promise.withResolvers<void>()
  const hear = (chunk: Buffer) => {
    printed += chunk.toString('utf8')
    if (/^Stop\s+Ctrl\+C$/m.test(printed)) ready.resolve()
  }
  child.stdout?.on('data', hear)
  child.stderr?.on('data', hear)
  const over = once(child, 'exit').then(() => 'ended')
  const outcome = await Promise.race([ready.promise, over, delay(deadline, 'is not ready', { ref: false })])
  if (outcome !== undefined) throw new Error(`${command} ${outcome}:\n${printed}`)
  return printed
}

function run(code: string): string {
  return execFileSync('bash', ['-euo', 'pipefail', '-c', code], {
    cwd: folder,
    env: { ...environment(), PATH: `${join(folder, 'node_modules/.bin')}:${environment()['PATH']}` },
    encoding: 'utf8',
  })
}

function expectToken(what: string, reply: string): void {
  const { access_token, scope } = JSON.parse(reply)
  if (typeof access_token !== 'string' || scope !== 'Mail.Read') throw new Error(`${what} got no token.`)
  console.log(`${what}: a token`)
}

/** Ctrl+C: a signal to all that the terminal runs. */
async function stop(child: ChildProcess): Promise<void> {
  if (child.exitCode !== null || child.pid === undefined) return
  const over = once(child, 'exit')
  process.kill(-child.pid, 'SIGINT')
  await over
}

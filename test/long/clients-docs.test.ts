import { execFile } from 'node:child_process'
import { existsSync, readdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join, resolve } from 'node:path'
import { promisify } from 'node:util'
import t from 'tap'
import { openTerminal, readCommands } from '../docs-terminal.ts'
import { setStage } from '../routes/stage.ts'

const root = resolve(import.meta.dirname, '../..')
const pages = readdirSync(join(root, 'docs/clients')).map((name) => `docs/clients/${name}`)
const text = pages.map((path) => readFileSync(join(root, path), 'utf8')).join('\n')
const stage = await setStage(t)
const terminal = openTerminal(t, stage)
const commands = readCommands('docs/clients.md')
const identity = readCommands('docs/clients/managed-identity.md')
const curls = readCommands('docs/clients/curl.md')

/** The languages of the page that run, and what runs a file of them. */
const languages = {
  js: { file: 'client.mjs', run: (file: string) => [process.execPath, file] },
  python: { file: 'client.py', run: (file: string) => ['/usr/bin/python3', file] },
  go: { file: 'client.go', run: (file: string) => ['/usr/bin/go', 'run', file] },
} as const

/** Where Debian puts the libraries that npm does not bring. */
const libraries: readonly (readonly [name: string, path: string])[] = [
  ['import os, msal', '/usr/lib/python3/dist-packages/msal'],
  ['from requests_oauthlib', '/usr/lib/python3/dist-packages/requests_oauthlib'],
  ['golang.org/x/oauth2', '/usr/share/gocode/src/golang.org/x/oauth2'],
]

interface Snippet {
  readonly title: string
  readonly language: keyof typeof languages
  readonly code: string
}

const snippets = [...text.matchAll(/^(.*)\n\n```(js|python|go)\n([\s\S]*?)^```/gm)].map(
  ([, title = '', language, code = '']): Snippet => {
    if (language !== 'js' && language !== 'python' && language !== 'go') throw new Error('no such language')
    return { title: title.replaceAll('`', ''), language, code }
  },
)

function missing({ code }: Snippet): string | false {
  const [, path = ''] = libraries.find(([name]) => code.includes(name)) ?? []
  return path !== '' && !existsSync(path) ? `${path} is not installed` : false
}

await terminal.run(commands.take('The terminal'))
const curl = await terminal.run(commands.take('What the token endpoint takes'))
await terminal.run(identity.take('Three variables'))
const environment = Object.fromEntries(
  (await terminal.run('env')).split('\n').map((line): [string, string] => {
    const equals = line.indexOf('=')
    return [line.slice(0, equals), line.slice(equals + 1)]
  }),
)
const { body } = await stage.token('contoso')
const token = String(body['access_token'])

t.test('curl gets the token', async (t) => {
  t.equal(curl.trim() === token, true)
  t.equal((await terminal.run(identity.take('Three variables'))).trim() === token, true)
  t.equal((await terminal.run(curls.take('POST /tokens'))).trim() === token, true)
  const left = [commands, identity, curls].flatMap((page) => page.left)
  t.strictSame(left, [], 'no command of the pages was left out')
})

for (const snippet of snippets) {
  t.test(`${snippet.language}: ${snippet.title}`, { skip: missing(snippet) }, async (t) => {
    const { file, run } = languages[snippet.language]
    const path = join(t.testdir(), file)
    writeFileSync(path, snippet.code)
    const [command = '', ...args] = run(path)
    const env = {
      ...environment,
      GO111MODULE: 'off',
      GOPATH: '/usr/share/gocode',
      GOCACHE: join(t.testdirName, 'go'),
    }
    const { stdout } = await promisify(execFile)(command, args, { env })
    const printed = stdout.trim()
    t.ok(printed === token || Number(printed) > 0, 'the token, or how many messages it could read')
  })
}

t.test('the pages have an example of each client', (t) => {
  t.strictSame(
    Object.entries(Object.groupBy(snippets, ({ language }) => language)).map(([name, all]) => [
      name,
      all?.length,
    ]),
    [
      ['go', 1],
      ['js', 8],
      ['python', 3],
    ],
  )
  t.end()
})

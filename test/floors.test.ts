import { readdirSync, readFileSync } from 'node:fs'
import { dirname, join, relative, resolve } from 'node:path'
import t from 'tap'

const root = resolve(import.meta.dirname, '..')

interface Module {
  /** From the root, with slashes: `src/broker/mint.ts`. */
  readonly path: string
  readonly text: string
  /** Modules of the project, from the root. */
  readonly imports: readonly string[]
  /** Packages and Node's own modules, by name. */
  readonly packages: readonly string[]
}

const specifier = /(?:\bfrom|\bimport)\s*\(?\s*'([^']+)'/g

function readModules(folder: string): Module[] {
  return readdirSync(join(root, folder), { recursive: true, encoding: 'utf8' })
    .filter((name) => name.endsWith('.ts'))
    .map((name) => readModule(join(folder, name)))
}

function readModule(path: string): Module {
  const text = readFileSync(join(root, path), 'utf8')
  const found = [...text.matchAll(specifier)].map((match) => match[1] ?? '')
  const local = found.filter((name) => name.startsWith('.'))
  return {
    path,
    text,
    imports: local.map((name) => relative(root, resolve(root, dirname(path), name))),
    packages: found.filter((name) => !name.startsWith('.')),
  }
}

const production = [...readModules('src'), ...readModules('routes')]
const everything = [...production, ...readModules('sandbox')]

function roomOf(path: string): string {
  const [first = '', second = ''] = path.split('/')
  return first === 'src' && !second.endsWith('.ts') ? second : first === 'src' ? path : first
}

interface Rule {
  readonly name: string
  readonly room: string
  readonly mayImport: readonly string[]
  readonly packages?: RegExp
}

const rules: readonly Rule[] = [
  {
    name: 'the domain is pure: it imports nothing but itself',
    room: 'domain',
    mayImport: ['domain'],
    packages: /^$/,
  },
  {
    name: 'the catalogue is pure: data and the domain',
    room: 'catalogue',
    mayImport: ['catalogue', 'domain'],
    packages: /^$/,
  },
  {
    name: 'use cases know no technology: what they need comes through ports',
    room: 'broker',
    mayImport: ['broker', 'catalogue', 'domain'],
    packages: /^node:(crypto|util)$/,
  },
  {
    name: 'adapters serve the broker and know no HTTP of ours',
    room: 'adapters',
    mayImport: ['adapters', 'broker', 'catalogue', 'domain'],
  },
  {
    name: 'wire shapes know the words of the domain and nothing of how it works',
    room: 'schemas',
    mayImport: ['schemas', 'catalogue', 'domain'],
    packages: /^(typebox|fastify)$/,
  },
  {
    name: 'http serves routes and never reaches an adapter',
    room: 'http',
    mayImport: ['http', 'schemas', 'broker', 'catalogue', 'domain'],
  },
  {
    name: 'routes hold paths, schemas and handlers; adapters reach them as use cases only',
    room: 'routes',
    mayImport: ['http', 'schemas', 'broker', 'catalogue', 'domain'],
    packages: /^(typebox|fastify|@fastify\/type-provider-typebox)$/,
  },
]

for (const { name, room, mayImport, packages } of rules) {
  t.test(name, async (t) => {
    const modules = production.filter(({ path }) => roomOf(path) === room)
    t.ok(modules.length >= 4, `the room ${room} has modules`)
    for (const module of modules) {
      const foreign = module.imports.filter((path) => !mayImport.includes(roomOf(path)))
      t.same(foreign, [], `${module.path} stays on its floor`)
      if (packages !== undefined)
        t.same(
          module.packages.filter((used) => !packages.test(used)),
          [],
          `${module.path} uses no other package`,
        )
    }
  })
}

function importersOf(room: string): string[] {
  return production
    .filter(({ path, imports }) => roomOf(path) !== room && imports.some((used) => roomOf(used) === room))
    .map(({ path }) => path)
}

t.test('app.ts alone imports routes, compose alone imports adapters', async (t) => {
  t.same(importersOf('routes'), ['src/app.ts'])
  const composing = importersOf('adapters')
  t.ok(composing.includes('src/compose.ts'))
  t.same(
    composing.filter((path) => path !== 'src/compose.ts' && roomOf(path) !== 'compose'),
    [],
  )
})

t.test('server.ts alone reads the environment', async (t) => {
  t.same(
    production.filter(({ text }) => text.includes('process.env')).map(({ path }) => path),
    ['src/server.ts'],
  )
})

t.test('nothing in production knows the sandbox, the bench or the tests', async (t) => {
  const strangers = /^(sandbox|bench|test|scripts|client)\//
  for (const { path, imports } of production)
    t.same(
      imports.filter((used) => strangers.test(used)),
      [],
      path,
    )
})

t.test('the client stands alone: its own files, and what Node has', async (t) => {
  const modules = readModules('client/src')
  t.ok(modules.length > 8)
  for (const { path, imports, packages } of modules) {
    t.same(
      imports.filter((used) => !used.startsWith('client/src/')),
      [],
      path,
    )
    t.same(
      packages.filter((used) => !used.startsWith('node:')),
      [],
      path,
    )
  }
  const own = modules.filter(({ path }) => !path.endsWith('/api-types.ts'))
  for (const { path, text } of own) t.ok(text.split('\n').length <= 251, `${path} is short`)
})

t.test('every import resolves to a file that this test has seen', async (t) => {
  const known = new Set(everything.map(({ path }) => path))
  const imported = everything.flatMap(({ imports }) => imports).filter((path) => path.endsWith('.ts'))
  t.ok(everything.length > 100, `${everything.length} modules`)
  t.ok(imported.length > 300, `${imported.length} imports`)
  t.same(
    imported.filter((path) => !known.has(path)),
    [],
  )
})

t.test('no source file is longer than 250 lines', async (t) => {
  const long = everything.filter(({ text }) => text.split('\n').length > 251).map(({ path }) => path)
  t.same(long, [])
})

t.test(
  'test files assert inside their tests, for tap ends a file that waits after an assertion',
  async (t) => {
    const asserting = /^t\.(?!test\(|teardown\(|setTimeout\()/m
    const outside = readModules('test').filter(({ text }) => asserting.test(text))
    t.same(
      outside.map(({ path }) => path),
      [],
    )
  },
)

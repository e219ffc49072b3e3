import { execFile } from 'node:child_process'
import { readFile, rm, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { promisify } from 'node:util'
import t from 'tap'
import { commit, mailRead, tables } from './tables.ts'

const run = promisify(execFile)
const script = join(import.meta.dirname, '../../scripts/build-catalogue.ts')

function build(folder: string, ...options: string[]) {
  const paths = ['--from', join(folder, 'from'), '--to', join(folder, 'to')]
  return run(process.execPath, [script, ...options, ...paths])
}

t.test('The catalogue is built from tables: usable permissions, sorted, one entry a line', async (t) => {
  const folder = t.testdir({ from: tables(), to: {} })
  await build(folder)
  t.equal(
    await readFile(join(folder, 'to/resources/graph.json'), 'utf8'),
    `{
  "source": [
    {"repository":"owner/graph","commit":"${commit}","path":"roles.json"}
  ],
  "appId": "${mailRead}",
  "uris": [
    "https://graph.example"
  ],
  "permissions": [
    {"value":"Mail.Read","id":"${mailRead}","displayName":"Read mail"},
    {"value":"Mail.Send","id":"b633e1c5-b582-4048-a93e-9f11b44c7e96","displayName":"Send mail"}
  ]
}
`,
  )
  t.strictSame(JSON.parse(await readFile(join(folder, 'to/implications.json'), 'utf8')).edges, [
    { granted: 'Mail.Send', covers: 'Mail.Read', confidence: 'high' },
  ])
})

t.test('A dialect is built from all that its tables have, with a note where one is due', async (t) => {
  const folder = t.testdir({ from: tables(), to: {} })
  await build(folder)
  const read = async (name: string) => JSON.parse(await readFile(join(folder, 'to', name), 'utf8'))
  t.match(await read('dialects/aurinko.json'), {
    source: [
      { repository: 'owner/sdk', commit, path: 'api/openapi.yaml' },
      { url: 'https://docs.example.com/set-up' },
    ],
    title: 'Aurinko',
    scopes: [
      { scope: 'Read', permissions: ['Mail.Read'], fidelity: 'exact', origin: 'published' },
      { scope: 'Sync', permissions: ['Mail.Send', 'Mail.Read'], note: /^Sync brings Mail\.Read of Read/ },
    ],
  })
  const boxes = { permissions: ['Mail.Read', 'Mail.Send'], fidelity: 'broader', note: /allow more/ }
  t.match((await read('dialects/platform.json')).scopes, [
    { scope: 'Mail.Read.Shared', fidelity: 'broader' },
    { ...boxes, scope: 'Mail Boxes' },
    { ...boxes, scope: 'Boxes', aliasOf: 'Mail Boxes' },
    { scope: 'Mail.Read', note: /^Azure AD Graph is retired/ },
    { scope: 'Mails', permissions: ['Mail.Read'], fidelity: 'exact', aliasOf: 'Mail.Read' },
    { scope: 'Shared.Mails', permissions: ['Mail.Read'], fidelity: 'broader', note: /Platform writes/ },
    { scope: 'outlook:Mail.Send', permissions: ['Mail.Send'], note: /Platform asks Exchange Online/ },
  ])
  t.match((await read('dialects/graph.json')).scopes, [
    { scope: 'Mail.Read.Shared', permissions: ['Mail.Read'], origin: 'derived' },
    { scope: 'Mail.Print', fidelity: 'no_equivalent', note: /Microsoft lists Mail\.Read on some/ },
    { scope: 'Mail.Burn', permissions: [], fidelity: 'no_equivalent' },
  ])
  t.match((await read('resources/azure-ad-graph.json')).scopes, [{ scope: 'Mail.Read', id: /^b633e1c5/ }])
})

t.test('A dialect that names no application permission stops the build', async (t) => {
  const folder = t.testdir({ from: tables('Mail.Read.Shared'), to: {} })
  await t.rejects(build(folder), /Read names Mail\.Read\.Shared/)
})

t.test('Files that are what the tables give pass the check, and are left alone', async (t) => {
  const folder = t.testdir({ from: tables(), to: {} })
  await build(folder)
  t.strictSame(await build(folder, '--check'), { stdout: '', stderr: '' })
})

t.test('The check names every entry that has drifted, ends with 1 and writes nothing', async (t) => {
  const folder = t.testdir({ from: tables(), to: {} })
  await build(folder)
  const change = async (name: string, edit: (text: string) => string) => {
    const path = join(folder, 'to', name)
    await writeFile(path, edit(await readFile(path, 'utf8')))
    return path
  }
  await change('resources/graph.json', (text) => text.replace('Send mail', 'Send all mail'))
  await change('dialects/aurinko.json', (text) => text.replace('"title": "Aurinko"', '"title": "Another"'))
  await change('dialects/graph.json', (text) => text.replace(/ {4}.*"Mail\.Print".*\n/, ''))
  await change('implications.json', (text) => text.replaceAll('"Mail.Send"', '"Mail.Post"'))
  const path = await change('dialects/platform.json', (text) => `${text}\n`)
  await rm(join(folder, 'to/resources/outlook.json'))
  await t.rejects(build(folder, '--check'), {
    code: 1,
    stderr: [
      'resources/graph.json: permissions Mail.Send differs',
      'resources/outlook.json: source is missing',
      'resources/outlook.json: appId is missing',
      'resources/outlook.json: uris is missing',
      'resources/outlook.json: permissions is missing',
      'dialects/aurinko.json: title differs',
      'dialects/platform.json: order or layout differs',
      'dialects/graph.json: scopes Mail.Print is missing',
      'implications.json: edges Mail.Send > Mail.Read is missing',
      'implications.json: never Mail.Read > Mail.Send is missing',
      'implications.json: edges Mail.Post > Mail.Read is not in the tables',
      'implications.json: never Mail.Read > Mail.Post is not in the tables',
      '',
    ].join('\n'),
  })
  t.match(await readFile(path, 'utf8'), /\}\n\n$/, 'left as it was')
})

t.test('Without a folder to read, the script tells its usage', async (t) => {
  await t.rejects(run(process.execPath, [script]), { code: 2, stderr: /usage: / })
})

import type { LightMyRequestResponse } from 'fastify'
import t from 'tap'
import { differences } from './compare.ts'
import { isMembers, type Members, type Recording, readRecordings } from './recording.ts'
import { type Scene, scenes, storeThreePages } from './scenes.ts'
import { createStage, goodBearer, type StageOptions } from './stage.ts'

/** Made by the service for each request or deployment: they must be there, their values may differ. */
const serviceMade = new Set([
  'x-ms-request-id',
  'x-ms-keyvault-network-info',
  'x-ms-keyvault-region',
  'x-ms-keyvault-service-version',
])
/** Of the transport, or of the web server that happened to stand in front. */
const notCompared = new Set(['date', 'content-length', 'x-powered-by'])

const recordings = readRecordings()
const pages = recordings.filter(({ file }) => /^1[567]-list-secrets/.test(file))

function sceneOf({ file }: Recording): Scene | undefined {
  const number = file.slice(0, 2)
  return /^1[567]$/.test(number) ? (stage) => storeThreePages(stage, pages) : scenes[number]
}

function stageOptions({ request, response }: Recording): StageOptions {
  const challenge = String(response.headers['WWW-Authenticate'] ?? '')
  const [, authority, resource] = /authorization="(.+?)", resource="(.+?)"/.exec(challenge) ?? []
  return {
    host: request.url.host,
    recoverableDays: /"recoverableDays":7\b/.test(JSON.stringify(response.body)) ? 7 : 90,
    ...(authority === undefined ? {} : { authority }),
    ...(resource === undefined ? {} : { resource }),
  }
}

function requestHeaders(recorded: Members): Record<string, string> {
  const headers: Record<string, string> = {}
  for (const [name, value] of Object.entries(recorded)) headers[name.toLowerCase()] = String(value)
  delete headers['connection']
  delete headers['content-length']
  // The scrubbers of some repositories dropped the bearer where others replaced it.
  const anonymous = headers['authorization'] === undefined && headers['x-ms-client-request-id'] === undefined
  return anonymous ? headers : { ...headers, authorization: goodBearer }
}

async function replay(recording: Recording, scene: Scene): Promise<LightMyRequestResponse> {
  const { method, url, headers, body } = recording.request
  const stage = createStage(stageOptions(recording))
  await scene(stage, recording)
  const request = { method, url: url.pathname + url.search, headers: requestHeaders(headers) }
  const sent = stage.replacement() ?? body
  return stage.inject(isMembers(sent) ? { ...request, body: sent } : request)
}

function headerDifferences(recorded: Members, actual: Members): string[] {
  return Object.entries(recorded).flatMap(([spelling, value]) => {
    const name = spelling.toLowerCase()
    if (notCompared.has(name)) return []
    const same = serviceMade.has(name) ? isLike(String(value), String(actual[name])) : actual[name] === value
    return same ? [] : [`${name}: ${value} but ${actual[name]}`]
  })
}

/** The same text once digits, letters and addresses are taken for what they stand for. */
function isLike(recorded: string, actual: string): boolean {
  const form = (text: string) => text.replaceAll(/[0-9a-f]{8}-[0-9a-f-]{27}|\d+(\.\d+)+|westus\d/g, '…')
  return form(recorded) === form(actual)
}

t.test('every recording is replayed', async (t) => {
  t.ok(recordings.length > 30, `${recordings.length} recordings`)
  t.equal(pages.length, 3)
  t.strictSame(
    recordings.filter((recording) => !sceneOf(recording)).map(({ file }) => file),
    [],
  )
})

for (const recording of recordings) {
  t.test(`${recording.file} is answered as it was recorded`, async (t) => {
    const scene = sceneOf(recording)
    if (!scene) return t.fail('no scene')
    const { status, headers, body } = recording.response
    const response = await replay(recording, scene)
    const actual: unknown = response.body === '' ? null : response.json()
    t.equal(response.statusCode, status)
    t.strictSame(differences(body, actual), [])
    t.strictSame(headerDifferences(headers, response.headers), [])
    t.equal(retention(actual), retention(body), 'the time until it is purged')
  })
}

/** Seconds between deletion and purge; `undefined` for what is not deleted. */
function retention(body: unknown): number | undefined {
  if (!isMembers(body) || body['deletedDate'] === undefined) return undefined
  return Number(body['scheduledPurgeDate']) - Number(body['deletedDate'])
}

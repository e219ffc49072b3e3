import type { Vault } from '../../../sandbox/key-vault/vault.ts'
import { list, type Members, member, type Recording } from './recording.ts'

/** A vault in the state that a recording presumes; `at` moves its clock, in seconds since 1970. */
export type Stage = {
  readonly vault: Vault
  readonly at: (seconds: number) => void
  /** Sends a request with a good bearer and gives the body of the answer, empty where there is none. */
  readonly call: (method: string, url: string, body?: object) => Promise<Members>
  /** Makes the next version that is stored get this id. */
  readonly nextVersion: (id: string) => void
  /** Replaces the recorded body: a backup blob is good for the vault alone that made it. */
  readonly send: (body: object) => void
}

/** Awaited before the recorded request goes out. */
export type Scene = (stage: Stage, recording: Recording) => unknown

const start = 1_668_463_000

/** Stores what the recorded answer shows, under the version that it shows. */
function store(stage: Stage, shown: Members, value = 'secretValue'): void {
  const [, , name = '', version = ''] = new URL(String(shown['id'])).pathname.split('/')
  const attributes = member(shown, 'attributes')
  stage.at(Number(attributes['created']))
  if (version !== '') stage.nextVersion(version)
  const { contentType, managed } = shown
  const tags = 'tags' in shown ? { tags: readTags(shown['tags']) } : {}
  stage.vault.secrets.put(name, {
    content: {
      value: String(shown['value'] ?? value),
      contentType: typeof contentType === 'string' ? contentType : undefined,
      ...(managed === true ? { managed } : {}),
    },
    attributes: {
      enabled: attributes['enabled'] !== false,
      nbf: readNumber(attributes['nbf']),
      exp: readNumber(attributes['exp']),
    },
    ...tags,
  })
}

function readNumber(value: unknown): number | undefined {
  return typeof value === 'number' ? value : undefined
}

function readTags(value: unknown): Record<string, string> {
  return Object.fromEntries(Object.entries(value ?? {}).map(([name, tag]) => [name, String(tag)]))
}

function body(recording: Recording): Members {
  return member(recording.response, 'body')
}

function storeShown(stage: Stage, recording: Recording): void {
  store(stage, body(recording))
}

/** For answers that are errors: nothing but the name in the URL is known of what was there. */
function storeNamed(stage: Stage, name: string): void {
  stage.at(start)
  stage.vault.secrets.put(name, { content: { value: 'secretValue', contentType: undefined } })
}

function storeAndDelete(stage: Stage, recording: Recording): void {
  storeShown(stage, recording)
  stage.vault.secrets.delete(String(body(recording)['id']).split('/')[4] ?? '')
  stage.at(Number(member(body(recording), 'attributes')['created']) + 60)
}

/** Every secret that the three pages show, latest first, and two that were deleted from the first page. */
export function storeThreePages(stage: Stage, pages: readonly Recording[]): void {
  for (const page of pages.toReversed()) {
    for (const shown of list(page.response.body, 'value').toReversed()) store(stage, shown)
  }
  for (const name of ['SecondCreateTest', 'DeletedBefore']) {
    storeNamed(stage, name)
    stage.vault.secrets.delete(name)
  }
}

function storeVersions(order: readonly number[]): Scene {
  return (stage, recording) => {
    const versions = list(recording.response.body, 'value')
    for (const index of order) store(stage, versions[index] ?? {})
  }
}

/** What the answer shows, but for these attributes: they are what the recorded PATCH sets. */
function storeBefore(before: Members): Scene {
  return (stage, recording) => {
    const shown = body(recording)
    store(stage, { ...shown, attributes: { ...member(shown, 'attributes'), ...before } })
  }
}

async function createAndDeleteKey(stage: Stage, recording: Recording): Promise<void> {
  const path = recording.request.url.pathname
  stage.at(start)
  await stage.call('POST', `${path}?api-version=7.3`, { kty: 'EC' })
  await stage.call('DELETE', `${path.replace(/\/create$/, '')}?api-version=7.3`)
}

/** By the number that the recording's file begins with. */
export const scenes: Readonly<Record<string, Scene>> = {
  '01': () => {},
  '02': storeShown,
  '03': (stage) => storeNamed(stage, 'SecondCreateTest'),
  '04': storeVersions([1, 0]),
  '05': (stage, recording) => {
    const { contentType: _contentType, tags: _tags, ...before } = body(recording)
    store(stage, before)
  },
  '06': storeShown,
  '07': (stage) => {
    storeNamed(stage, 'RecoverSecret')
    stage.vault.secrets.delete('RecoverSecret')
  },
  '08': storeAndDelete,
  '09': storeAndDelete,
  '10': async (stage) => {
    storeNamed(stage, 'RecoverSecret')
    stage.vault.secrets.delete('RecoverSecret')
    stage.at(start + 60)
    await stage.call('PUT', '/_sandbox/settings', { recover_delay_ms: 1000 })
    stage.vault.secrets.recover('RecoverSecret')
  },
  '11': (stage, recording) => {
    storeAndDelete(stage, recording)
    stage.vault.secrets.recover('RecoverSecret')
  },
  '12': (stage) => {
    storeNamed(stage, 'UpdateTest')
    stage.vault.secrets.delete('UpdateTest')
    stage.at(start + 60)
  },
  '13': (stage) => storeNamed(stage, 'BackupRestore'),
  '14': async (stage, recording) => {
    storeShown(stage, recording)
    const blob = await stage.call('POST', '/secrets/BackupRestore/backup?api-version=7.3')
    stage.vault.secrets.delete('BackupRestore')
    stage.at(start + 600)
    stage.vault.secrets.purge('BackupRestore')
    stage.send(blob)
  },
  '18': (stage, recording) => {
    for (const shown of list(recording.response.body, 'value').toReversed()) {
      store(stage, shown)
      stage.at(Number(shown['deletedDate']))
      stage.vault.secrets.delete(String(shown['id']).split('/')[4] ?? '')
    }
    stage.at(1_629_853_378)
  },
  '22': async (stage, recording) => {
    await createAndDeleteKey(stage, recording)
    stage.at(start + 60)
  },
  '23': createAndDeleteKey,
  '26': () => {},
  '27': () => {},
  '28': storeShown,
  '29': storeBefore({ exp: undefined }),
  '30': () => {},
  '31': storeBefore({ enabled: true }),
  '32': (stage) => {
    const name = '955300954'
    storeNamed(stage, name)
    stage.vault.secrets.update(name, '', { attributes: { enabled: false } })
  },
  '33': () => {},
  '34': () => {},
  '35': () => {},
  '36': storeShown,
  '37': storeShown,
  '38': () => {},
  '39': storeVersions([1, 0, 2]),
}

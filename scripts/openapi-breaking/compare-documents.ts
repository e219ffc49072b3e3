import { compareSchemas, type Direction, type Versions } from './compare-schemas.ts'
import { follow, items, type Members, members, type Operation, operationsOf } from './document.ts'

/** What a client that was written against the one document would stumble over in the other; empty where nothing. */
export function compareDocuments(before: Members, now: Members): string[] {
  const documents = { before, now }
  const current = new Map(operationsOf(now).map((operation) => [operation.name, operation]))
  return operationsOf(before).flatMap((old) => {
    const fresh = current.get(old.name)
    if (fresh === undefined) return [`${old.name}: removed`]
    return [
      ...compareSecurity(documents, old, fresh),
      ...compareParameters(documents, old, fresh),
      ...compareBodies(documents, old, fresh),
      ...compareReplies(documents, old, fresh),
    ]
  })
}

/** What has been enough to be let in must stay enough. No requirement at all is one that everybody meets. */
function compareSecurity({ before, now }: Versions, old: Operation, fresh: Operation): string[] {
  const ways = (document: Members, { value }: Operation) =>
    items(value['security'] ?? document['security'] ?? [{}]).map((way) => JSON.stringify(way))
  const [known, taken] = [ways(before, old), ways(now, fresh)]
  const nobodyAsked = (list: readonly string[]) => list.length === 0 || list.includes('{}')
  if (nobodyAsked(taken)) return []
  const gone = nobodyAsked(known) ? ['nothing at all'] : known.filter((way) => !taken.includes(way))
  return gone.map((way) => `${old.name}: ${way} is not enough to be let in any more`)
}

function compareParameters(documents: Versions, old: Operation, fresh: Operation): string[] {
  const keyOf = (parameter: Members) => `${String(parameter['in'])} ${String(parameter['name'])}`
  // Those of the path have the place for a name.
  const read = ({ value }: Operation, document: Members) =>
    items(value['parameters']).map((parameter) => follow(document, members(parameter)))
  const known = new Map(read(old, documents.before).map((parameter) => [keyOf(parameter), parameter]))
  const current = read(fresh, documents.now)
  const names = new Set(current.map(keyOf))
  const open = (key: string) => !key.startsWith('path ')
  const removed = [...known.keys()].filter((key) => open(key) && !names.has(key))
  return [
    ...removed.map((key) => `${old.name}: the parameter ${key} was removed`),
    ...current.flatMap((parameter) => {
      const key = keyOf(parameter)
      const previous = known.get(key)
      const required = parameter['required'] === true && previous?.['required'] !== true && open(key)
      return [
        ...(required ? [`${old.name}: the parameter ${key} is required now`] : []),
        ...(previous === undefined
          ? []
          : schemas(documents, previous, parameter, 'request', `${old.name} ${key}`)),
      ]
    }),
  ]
}

function compareBodies(documents: Versions, old: Operation, fresh: Operation): string[] {
  const before = follow(documents.before, members(old.value['requestBody']))
  const now = follow(documents.now, members(fresh.value['requestBody']))
  const required = now['required'] === true && before['required'] !== true
  return [
    ...(required ? [`${old.name}: a body is required now`] : []),
    ...compareContent(documents, before, now, 'request', old.name),
  ]
}

function compareReplies(documents: Versions, old: Operation, fresh: Operation): string[] {
  const current = members(fresh.value['responses'])
  return Object.entries(members(old.value['responses'])).flatMap(([status, reply]) => {
    const at = `${old.name} ${status}`
    const other = current[status]
    if (other === undefined) return [`${at}: this answer was removed`]
    const [before, now] = [follow(documents.before, members(reply)), follow(documents.now, members(other))]
    const headers = Object.keys(members(before['headers'])).filter(
      (name) => !(name in members(now['headers'])),
    )
    return [
      ...headers.map((name) => `${at}: the header ${name} was removed`),
      ...compareContent(documents, before, now, 'reply', at),
    ]
  })
}

function compareContent(
  documents: Versions,
  before: Members,
  now: Members,
  direction: Direction,
  at: string,
): string[] {
  const current = members(now['content'])
  return Object.entries(members(before['content'])).flatMap(([type, media]) =>
    type in current
      ? schemas(documents, members(media), members(current[type]), direction, at)
      : [`${at}: ${type} was removed`],
  )
}

function schemas(documents: Versions, before: Members, now: Members, direction: Direction, at: string) {
  const place = `${at} ${direction === 'request' ? 'takes' : 'gives'} $`
  return compareSchemas(documents, members(before['schema']), members(now['schema']), direction, place)
}

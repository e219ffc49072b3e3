import { follow, items, type Members, members, texts } from './document.ts'

/** Who writes what a schema describes: a request is the client's, a reply the broker's. */
export type Direction = 'request' | 'reply'

export interface Versions {
  readonly before: Members
  readonly now: Members
}

/** What a client of the released document would stumble over, each with its place. */
export function compareSchemas(
  documents: Versions,
  before: Members,
  now: Members,
  direction: Direction,
  at: string,
  seen: ReadonlySet<string> = new Set(),
): string[] {
  const pair = `${String(before['$ref'])} ${String(now['$ref'])}`
  if (seen.has(pair)) return []
  const deeper = '$ref' in before ? new Set([...seen, pair]) : seen
  const [old, fresh] = [follow(documents.before, before), follow(documents.now, now)]
  const compare = (one: unknown, other: unknown, place: string) =>
    compareSchemas(documents, members(one), members(other), direction, place, deeper)
  return [
    ...compareTypes(old, fresh, direction, at),
    ...compareWords(old, fresh, direction, at),
    ...(direction === 'request' ? compareLimits(old, fresh, at) : []),
    ...compareMembers(old, fresh, direction, at, compare),
    ...compareForms(old, fresh, direction, at, compare),
    ...('items' in old && 'items' in fresh ? compare(old['items'], fresh['items'], `${at}[]`) : []),
    ...(isOpen(old) && isOpen(fresh)
      ? compare(old['additionalProperties'], fresh['additionalProperties'], `${at}.*`)
      : []),
  ]
}

type Compare = (before: unknown, now: unknown, at: string) => string[]

const isOpen = (schema: Members) => typeof schema['additionalProperties'] === 'object'

function typesOf({ type }: Members): readonly string[] {
  const types = typeof type === 'string' ? [type] : texts(type)
  return types.includes('number') ? [...types, 'integer'] : types
}

/** A request may take more than before and a reply may give less. */
function compareTypes(old: Members, fresh: Members, direction: Direction, at: string): string[] {
  const [wide, narrow] = direction === 'request' ? [fresh, old] : [old, fresh]
  const taken = typesOf(wide)
  if (taken.length === 0) return []
  const lost =
    typesOf(narrow).length === 0 ? ['any type'] : typesOf(narrow).filter((one) => !taken.includes(one))
  return lost.length === 0 ? [] : [`${at}: the type ${shown(old['type'])} became ${shown(fresh['type'])}`]
}

const shown = (type: unknown) => JSON.stringify(type ?? 'any')

/** Words of requests are only added to. Replies may say new ones: the document tells clients to expect them. */
function compareWords(old: Members, fresh: Members, direction: Direction, at: string): string[] {
  if (direction === 'reply' || !('enum' in fresh)) return []
  if (!('enum' in old)) return [`${at}: only certain values are taken now`]
  const gone = items(old['enum']).filter((word) => !items(fresh['enum']).includes(word))
  return gone.map((word) => `${at}: the value ${JSON.stringify(word)} is not taken any more`)
}

const upper = ['maximum', 'maxLength', 'maxItems', 'maxProperties']
const lower = ['minimum', 'minLength', 'minItems', 'minProperties']

function compareLimits(old: Members, fresh: Members, at: string): string[] {
  const tighter = (name: string, sign: 1 | -1, none: number) =>
    sign * Number(fresh[name] ?? none) < sign * Number(old[name] ?? none)
  const limits = [
    ...upper.filter((name) => tighter(name, 1, Number.POSITIVE_INFINITY)),
    ...lower.filter((name) => tighter(name, -1, name === 'minimum' ? Number.NEGATIVE_INFINITY : 0)),
  ]
  // Whether one pattern takes all that another took cannot be told, so a person has to.
  const pattern = 'pattern' in fresh && fresh['pattern'] !== old['pattern']
  return [
    ...limits.map((name) => `${at}: ${name} was ${shown(old[name])} and is ${shown(fresh[name])}`),
    ...(pattern ? [`${at}: the pattern is another one`] : []),
    ...('format' in fresh && fresh['format'] !== old['format'] ? [`${at}: the format is another one`] : []),
  ]
}

function compareMembers(
  old: Members,
  fresh: Members,
  direction: Direction,
  at: string,
  compare: Compare,
): string[] {
  const [before, now] = [members(old['properties']), members(fresh['properties'])]
  const [needed, needs] = [texts(old['required']), texts(fresh['required'])]
  const closed = direction === 'reply' || fresh['additionalProperties'] === false
  const removed = Object.keys(before).filter((name) => !(name in now) && closed)
  const loosened = needed.filter((name) => name in now && !needs.includes(name))
  const added = needs.filter((name) => !needed.includes(name))
  return [
    ...removed.map((name) => `${at}.${name}: removed`),
    ...(direction === 'reply'
      ? loosened.map((name) => `${at}.${name}: no longer always there`)
      : added.map((name) => `${at}.${name}: required now`)),
    ...Object.keys(before)
      .filter((name) => name in now)
      .flatMap((name) => compare(before[name], now[name], `${at}.${name}`)),
  ]
}

/** Forms are told apart by their place: new ones go last. */
function compareForms(
  old: Members,
  fresh: Members,
  direction: Direction,
  at: string,
  compare: Compare,
): string[] {
  return ['oneOf', 'anyOf', 'allOf'].flatMap((keyword) => {
    const [before, now] = [items(old[keyword]), items(fresh[keyword])]
    const place = (index: number) => `${at}.${keyword}[${index}]`
    const fewer = keyword !== 'allOf' && direction === 'request' && now.length < before.length
    return [
      ...(fewer ? [`${at}: a form of ${keyword} was removed`] : []),
      ...(before.length === 0 && now.length > 0 && direction === 'request'
        ? [`${at}: only certain forms are taken now`]
        : []),
      ...before.flatMap((form, index) => (index < now.length ? compare(form, now[index], place(index)) : [])),
    ]
  })
}

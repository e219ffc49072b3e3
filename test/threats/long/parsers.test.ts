import { randomBytes } from 'node:crypto'
import fc from 'fast-check'
import Fastify from 'fastify'
import t from 'tap'
import { digestApiKey, generateApiKey, matchesDigest, parseApiKey } from '../../../src/broker/api-key.ts'
import { createConsentTickets } from '../../../src/broker/consent-ticket.ts'
import { cataloguedPermissions, findPermission } from '../../../src/catalogue/catalogue.ts'
import { readScope, splitScopes } from '../../../src/catalogue/scope-text.ts'
import { systemRandom } from '../../../src/compose/platform.ts'
import { isGuid, slugFault, slugPattern } from '../../../src/domain/identifier.ts'
import { formatPermission, parsePermission } from '../../../src/domain/permission.ts'
import { readFaults } from '../../../src/http/framework-errors.ts'
import { createPager } from '../../../src/http/pages.ts'
import { FailureError } from '../../../src/http/problems.ts'

/** Of each of the seven; with the decisions of 01-decisions.test.ts 200,000 in all. */
const numRuns = 25_000

t.setTimeout(300_000)

const pager = createPager([randomBytes(32)])
const pages = new Map<string, string>()
const app = Fastify()
app.get('/', (request, reply) => {
  for (const cursor of ['first', 'second/ü', 'c'.repeat(200)])
    pages.set(pager.next(request, '/tenants', cursor, reply).next_page_token, cursor)
  reply.send()
})
await app.inject('/')

const anyText = fc.string({ unit: 'binary', maxLength: 120 })

/** A text near to a good one: letters changed, put in, taken out, its case turned, or cut. */
function near(good: fc.Arbitrary<string>): fc.Arbitrary<string> {
  const character = fc.oneof(
    fc.constantFrom('.', '-', '_', '/', ':', ' ', '\n', '=', 'A', '\u0000', 'é'),
    anyText,
  )
  return fc
    .tuple(good, fc.nat(120), fc.nat(3), character, fc.constantFrom(0, 1, 2, 3, 4))
    .map(([text, at, length, put, how]) => {
      const place = at % (text.length + 1)
      if (how === 0) return text
      if (how === 1) return text.slice(0, place) + put + text.slice(place)
      if (how === 2) return text.slice(0, place) + text.slice(place + length)
      if (how === 3) return text.toUpperCase()
      return text.slice(0, place) + put + text.slice(place + length)
    })
}

function check<T>(name: string, input: fc.Arbitrary<T>, holds: (input: T) => boolean): void {
  t.test(name, async (t) => {
    const { failed, counterexample, numRuns: runs } = fc.check(fc.property(input, holds), { numRuns })
    t.notOk(failed, JSON.stringify(counterexample))
    t.equal(runs, numRuns)
  })
}

const key = generateApiKey(systemRandom)
const digest = digestApiKey(key)
const keyTexts = fc.oneof(anyText, near(fc.constant(key.text)))
check('an API key is exactly its text, and no other text is it', keyTexts, (text) => {
  const parsed = parseApiKey(text)
  if (parsed === undefined) return text !== key.text
  return (
    text === parsed.text &&
    /^gtb\.[a-z0-9]{16}\.[\w-]{43}$/.test(text) &&
    !text.includes('\n') &&
    matchesDigest(parsed, digest) === (text === key.text) &&
    !matchesDigest(parsed, undefined)
  )
})

const names = fc.constantFrom(...cataloguedPermissions.map(formatPermission))
check('a permission is found by its own name alone', fc.oneof(anyText, near(names)), (text) => {
  const parsed = parsePermission(text)
  if (parsed !== undefined && !text.startsWith('graph:') && formatPermission(parsed) !== text) return false
  const found = findPermission(text)
  if (found === undefined) return true
  const asked = text.toLowerCase().replace(/^graph:/, '')
  return formatPermission(found).toLowerCase() === asked && cataloguedPermissions.includes(found)
})

const slug = new RegExp(slugPattern)
const slugs = fc.oneof(anyText, near(fc.stringMatching(/^[a-z0-9][a-z0-9-]{0,62}$/)), fc.uuid())
check('an id needs no escaping anywhere and is never a GUID', slugs, (text) => {
  if (!slug.test(text)) return true
  const isPlain = encodeURIComponent(text) === text && JSON.stringify(text) === `"${text}"`
  return isPlain && text.length <= 63 && (!isGuid(text) || slugFault(text) !== undefined)
})

const scopeTexts = fc.oneof(
  anyText,
  near(names),
  near(names.map((name) => `https://graph.microsoft.com/${name}`)),
  fc.array(near(names), { maxLength: 4 }).map((all) => all.join(' ')),
)
check('a text of scopes is parted and read the same however it is written', scopeTexts, (text) => {
  const parts = splitScopes(text)
  if (parts.some((part) => part === '' || /[\s,+]/.test(part))) return false
  if (parts.join() !== splitScopes(` ${parts.join(', ')}+`).join()) return false
  return parts.every((part) => {
    const { name, resource, prefix } = readScope(part)
    const again = readScope(`//${part.replaceAll(/[a-z]/g, (letter) => letter.toUpperCase())}//`)
    const isBare = !name.startsWith('/') && !name.endsWith('/') && name === name.toLowerCase()
    const isWithin = resource === undefined || !name.includes(':')
    return isBare && isWithin && again.name === name && again.resource === resource && (prefix ?? '') !== ' '
  })
})

let now = Date.UTC(2026, 10, 20)
const tickets = createConsentTickets([randomBytes(32), randomBytes(32)], () => now)
const ticket = { tenantUid: 'a'.repeat(36), applicationUid: 'b'.repeat(36), tenantEpoch: 7 }
const issued = tickets.issue(ticket)
check(
  'a consent link is the one that was made, and no other',
  fc.oneof(anyText, near(fc.constant(issued))),
  (text) => {
    const read = tickets.read(text)
    return text === issued ? read?.tenantEpoch === 7 : read === undefined
  },
)
t.test('a consent link ends after a week', async (t) => {
  now += 9 * 86_400_000
  t.equal(tickets.read(issued), undefined)
})

const pageTokens = fc.oneof(anyText, near(fc.constantFrom(...pages.keys())))
const paths = fc.constantFrom('/tenants', '/callers')
check(
  'a page token opens the list and the place that it was made for',
  fc.tuple(pageTokens, paths),
  ([token, path]) => {
    try {
      const { after } = pager.read({ page_token: token }, path)
      // Several texts of base64 stand for the same bytes; what counts is that the broker wrote those.
      return path === '/tenants' && [...pages.values()].includes(after ?? '')
    } catch (error) {
      return error instanceof FailureError && !(path === '/tenants' && pages.has(token))
    }
  },
)

const member = fc.record({ additionalProperty: anyText, allowedValues: fc.anything() }, { requiredKeys: [] })
const found = fc.record({
  keyword: fc.constantFrom(
    'additionalProperties',
    'enum',
    'type',
    'required',
    'discriminator',
    'propertyNames',
  ),
  instancePath: fc.constantFrom('', '/grants/0', '/a~1b'),
  schemaPath: fc.constant(''),
  params: member,
  message: fc.constant('must be string'),
})
check(
  'a pointer names one member (RFC 6901), whatever it is called',
  fc.array(found, { maxLength: 30 }),
  (faults) => {
    const named = readFaults(faults)
    const pointers = named.map(({ pointer }) => pointer)
    if (named.length > 20 || new Set(pointers).size !== pointers.length) return false
    return named.every(({ pointer, detail }) => {
      const own = faults.find(({ instancePath, params: { additionalProperty } }) => {
        if (additionalProperty === undefined) return pointer === instancePath
        if (!pointer.startsWith(`${instancePath}/`)) return false
        const name = pointer.slice(instancePath.length + 1)
        const isOne = !/\/|~(?![01])/.test(name)
        return isOne && name.replaceAll('~1', '/').replaceAll('~0', '~') === additionalProperty.slice(0, 64)
      })
      return own !== undefined && detail.endsWith('.') && detail.length < 500
    })
  },
)

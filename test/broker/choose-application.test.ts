import fc from 'fast-check'
import t from 'tap'
import { chooseApplications } from '../../src/broker/choose-application.ts'
import { covers } from '../../src/catalogue/implications.ts'
import type { Application } from '../../src/domain/application.ts'
import type { Observation } from '../../src/domain/tenant.ts'
import { applicationRecord, permissionsNamed, seen, snapshotOf, tenantRecord } from './records.ts'

type Declared = Readonly<Record<string, readonly string[]>>

function chosen(
  wanted: readonly string[],
  declared: Declared,
  observed: Readonly<Record<string, readonly string[] | undefined>> = {},
): string[] {
  const tenant = tenantRecord('contoso', Object.keys(declared))
  const applications = Object.entries(declared).map(([id, names]) => applicationRecord(id, names))
  const observations = applications.flatMap((application): Observation[] => {
    const roles = observed[application.id]
    return roles === undefined ? [] : [seen(tenant, application, { roles })]
  })
  const snapshot = snapshotOf({ applications, tenants: [tenant], observations })
  const permissions = permissionsNamed(wanted)
  const resource = permissions[0]?.resource ?? 'graph'
  return chooseApplications(snapshot, tenant, resource, permissions).map(({ id }) => id)
}

t.test('Only applications that cover all that is wanted are tried', async (t) => {
  const declared = { a: ['Mail.Read'], b: ['Mail.Send'], c: ['Mail.Read', 'Mail.Send'] }
  t.strictSame(chosen(['Mail.Read', 'Mail.Send'], declared), ['c'])
  t.strictSame(chosen(['Calendars.Read'], declared), [])
})

t.test('A broader permission covers, and nothing else about it counts', async (t) => {
  t.strictSame(chosen(['Mail.Read'], { a: ['Mail.ReadWrite'] }), ['a'])
  t.strictSame(chosen(['Mail.ReadWrite'], { a: ['Mail.Read'] }), [])
})

t.test('The application with the fewest permissions to spare comes first, then by id', async (t) => {
  const declared = {
    d: ['Mail.Read', 'Mail.Send'],
    c: ['Mail.Read'],
    b: ['Mail.Read'],
    a: ['Mail.Read', 'Tasks.Read.All'],
  }
  t.strictSame(chosen(['Mail.Read'], declared), ['b', 'c', 'a', 'd'])
})

t.test('What permissions allow makes an application broad, not how many they are', async (t) => {
  const declared = {
    broad: ['Mail.ReadWrite'],
    narrow: ['Mail.Read', 'Mail.ReadBasic.All'],
    narrowest: ['Mail.Read'],
  }
  t.strictSame(chosen(['Mail.Read'], declared), ['narrowest', 'narrow', 'broad'])
})

t.test('Permissions of another resource are nothing to spare: a token carries those of one', async (t) => {
  const imap = ['outlook:IMAP.AccessAsApp', 'outlook:POP.AccessAsApp', 'outlook:SMTP.SendAsApp']
  const declared = { broad: ['Mail.Read', 'Mail.Send', 'Calendars.Read'], narrow: ['Mail.Read', ...imap] }
  t.strictSame(chosen(['Mail.Read'], declared), ['narrow', 'broad'])
})

t.test('What was seen in tokens counts more than what is declared', async (t) => {
  const declared = { a: ['Mail.Read'], b: ['Mail.Read', 'Mail.Send'] }
  t.strictSame(chosen(['Mail.Read'], declared, { a: ['Mail.Read', 'Mail.Send', 'Tasks.Read.All'] }), [
    'b',
    'a',
  ])
  t.strictSame(chosen(['Mail.Read'], declared, { a: [] }), ['b', 'a'], 'consent may have come to a since')
  t.strictSame(chosen(['Calendars.Read'], declared, { b: ['Calendars.Read'] }), ['b'])
})

t.test(
  'Where nothing that was seen covers, consent may have come since: what is declared counts',
  async (t) => {
    const declared = { a: ['Mail.Read'], b: ['Mail.Read', 'Mail.Send'] }
    t.strictSame(chosen(['Mail.Read'], declared, { a: [], b: ['Mail.Send'] }), ['a', 'b'])
  },
)

t.test('What was seen of another resource or another tenant does not count', async (t) => {
  const [contoso, fabrikam] = [tenantRecord('contoso', ['a']), tenantRecord('fabrikam', ['a'])]
  const application = applicationRecord('a', ['Mail.Read'])
  const observations = [
    seen(contoso, application, { resource: 'outlook', roles: [] }),
    seen(fabrikam, application, { roles: [] }),
  ]
  const snapshot = snapshotOf({ applications: [application], tenants: [contoso, fabrikam], observations })
  t.equal(chooseApplications(snapshot, contoso, 'graph', permissionsNamed(['Mail.Read'])).length, 1)
})

t.test('An application that is gone from the registry is passed over', async (t) => {
  const tenant = tenantRecord('contoso', ['gone', 'a'])
  const snapshot = snapshotOf({ applications: [applicationRecord('a')], tenants: [tenant] })
  const found = chooseApplications(snapshot, tenant, 'graph', permissionsNamed(['Mail.Read']))
  t.strictSame(
    found.map(({ id }) => id),
    ['a'],
  )
})

const name = fc.constantFrom('Mail.Read', 'Mail.ReadWrite', 'Mail.Send', 'Calendars.Read', 'Tasks.Read.All')
const names = fc.uniqueArray(name, { maxLength: 4 })
const roles = fc.option(names, { nil: undefined })
const described = fc.record({ id: fc.stringMatching(/^[a-d]$/), declared: names, observed: roles })

t.test(
  'All replicas choose alike: the order in which applications were registered says nothing',
  async (t) => {
    const list = fc.uniqueArray(described, { selector: ({ id }) => id, maxLength: 4 })
    const shuffled = list.chain((given) =>
      fc.tuple(fc.constant(given), fc.shuffledSubarray(given, { minLength: given.length }), names),
    )
    const alike = fc.property(shuffled, ([one, other, wanted]) => {
      const [first, second] = [one, other].map((order) =>
        chosen(
          wanted,
          Object.fromEntries(order.map(({ id, declared }) => [id, declared])),
          Object.fromEntries(order.map(({ id, observed }) => [id, observed])),
        ),
      )
      return JSON.stringify(first) === JSON.stringify(second)
    })
    t.notOk(fc.check(alike, { numRuns: 500 }).failed)
  },
)

t.test(
  'Whatever is chosen covers by what it was seen with or declares, and none that does is left out',
  async (t) => {
    const list = fc.uniqueArray(described, { selector: ({ id }) => id, maxLength: 4 })
    const sound = fc.property(list, names, (given, wanted) => {
      const declared = Object.fromEntries(given.map((one) => [one.id, one.declared]))
      const observed = Object.fromEntries(given.map((one) => [one.id, one.observed]))
      const covering = (held: (one: (typeof given)[number]) => readonly string[]) =>
        given
          .filter((one) =>
            permissionsNamed(wanted).every((p) => covers(permissionsNamed(held(one)), p, 'medium')),
          )
          .map(({ id }) => id)
      const bySight = covering((one) => one.observed ?? one.declared)
      const expected = [...new Set([...bySight, ...covering((one) => one.declared)])]
      return chosen(wanted, declared, observed).sort().join() === expected.sort().join()
    })
    t.notOk(fc.check(sound, { numRuns: 500 }).failed)
  },
)

t.test('An application is never tried before one whose permissions lie within its own', async (t) => {
  const declared = fc.dictionary(fc.stringMatching(/^[a-d]$/), names, { maxKeys: 4, noNullPrototype: true })
  const within = (inner: readonly string[], outer: readonly string[]) =>
    inner.length < outer.length && inner.every((one) => outer.includes(one))
  const narrowFirst = fc.property(declared, names, (given, wanted) => {
    const order = chosen(wanted, given).map((id): Pick<Application, 'id'> & { held: readonly string[] } => ({
      id,
      held: given[id] ?? [],
    }))
    return order.every(({ held }, i) => !order.slice(i + 1).some((later) => within(later.held, held)))
  })
  t.notOk(fc.check(narrowFirst, { numRuns: 500 }).failed)
})

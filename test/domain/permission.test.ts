import fc from 'fast-check'
import t from 'tap'
import { formatPermission, parsePermission, resources } from '../../src/domain/permission.ts'

t.test('A Graph permission is written by its value alone, any other with its resource', async (t) => {
  t.equal(formatPermission({ resource: 'graph', value: 'Mail.Read' }), 'Mail.Read')
  t.equal(formatPermission({ resource: 'outlook', value: 'IMAP.AccessAsApp' }), 'outlook:IMAP.AccessAsApp')
})

t.test('What is written is read back, whatever the resource', async (t) => {
  const permission = fc.record({
    resource: fc.constantFrom(...resources),
    value: fc.stringMatching(/^[A-Za-z0-9_.-]{1,30}$/),
  })
  const readBack = fc.property(permission, ({ resource, value }) => {
    const read = parsePermission(formatPermission({ resource, value }))
    return read?.resource === resource && read.value === value
  })
  t.notOk(fc.check(readBack).failed)
})

t.test('A permission of an unknown resource is none', async (t) => {
  t.equal(parsePermission('exchange:Mail.Read'), undefined)
  t.equal(parsePermission('Outlook:IMAP.AccessAsApp'), undefined)
  t.equal(parsePermission(':Mail.Read'), undefined)
  t.equal(parsePermission('__proto__:Mail.Read'), undefined)
})

t.test('The same value of two resources is written in two ways', async (t) => {
  t.not(
    formatPermission({ resource: 'graph', value: 'Mail.Read' }),
    formatPermission({ resource: 'outlook', value: 'Mail.Read' }),
  )
})

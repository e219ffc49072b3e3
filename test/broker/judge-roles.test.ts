import t from 'tap'
import { entitles, judgeRoles } from '../../src/broker/judge-roles.ts'
import type { Entitlement } from '../../src/domain/caller.ts'
import { manualClock, tokenOf } from './fixture.ts'
import { permissionsNamed } from './records.ts'

function may(...names: readonly string[]): Entitlement {
  return { permissions: new Set(names), excess: 'refuse' }
}

function judged(roles: readonly string[], wanted: readonly string[], entitlement: Entitlement) {
  const permissions = permissionsNamed(wanted)
  const resource = permissions[0]?.resource ?? 'graph'
  return judgeRoles(tokenOf(manualClock(), { roles }), { resource, permissions }, entitlement)
}

t.test('A token that carries what was asked for and no more is just right', async (t) => {
  t.strictSame(judged(['Mail.Read'], ['Mail.Read'], may('Mail.Read')), {
    scope: ['Mail.Read'],
    granted: ['Mail.Read'],
    missing: [],
    excess: [],
  })
})

t.test('What is missing, what is beyond the grant and what is carried are told apart', async (t) => {
  t.strictSame(
    judged(['Mail.Read', 'User.Read.All'], ['Mail.Read', 'Mail.Send'], may('Mail.Read', 'Mail.Send')),
    {
      scope: ['Mail.Read'],
      granted: ['Mail.Read', 'User.Read.All'],
      missing: ['Mail.Send'],
      excess: ['User.Read.All'],
    },
  )
})

t.test('What the grant names and nobody asked for is no excess', async (t) => {
  t.strictSame(judged(['Mail.Read', 'Mail.Send'], ['Mail.Read'], may('Mail.Read', 'Mail.Send'))?.excess, [])
})

t.test(
  'A broader role covers a narrower wish, and is excess where only the narrower one is granted',
  async (t) => {
    t.strictSame(judged(['Mail.ReadWrite'], ['Mail.Read'], may('Mail.Read')), {
      scope: ['Mail.Read'],
      granted: ['Mail.ReadWrite'],
      missing: [],
      excess: ['Mail.ReadWrite'],
    })
    t.strictSame(judged(['Mail.ReadWrite', 'Mail.Read'], ['Mail.Read'], may('Mail.ReadWrite'))?.excess, [])
  },
)

t.test('For granting, only what all sources agree on counts; for having, one source is enough', async (t) => {
  const given = judged(['Directory.Read.All'], ['Device.Read.All'], may('Directory.Read.All'))
  t.strictSame(given?.missing, [])
  t.notOk(entitles(may('Directory.Read.All'), { resource: 'graph', value: 'Device.Read.All' }))
})

t.test('Roles belong to the resource of the token', async (t) => {
  t.strictSame(judged(['IMAP.AccessAsApp'], ['outlook:IMAP.AccessAsApp'], may('outlook:IMAP.AccessAsApp')), {
    scope: ['outlook:IMAP.AccessAsApp'],
    granted: ['outlook:IMAP.AccessAsApp'],
    missing: [],
    excess: [],
  })
  t.strictSame(judged(['Mail.Read'], ['outlook:Mail.Read'], may('Mail.Read'))?.excess, ['outlook:Mail.Read'])
})

t.test('A role that the catalogue does not know is itself and nothing more', async (t) => {
  t.strictSame(judged(['Brand.New'], ['Mail.Read'], may('Mail.Read')), {
    scope: [],
    granted: ['Brand.New'],
    missing: ['Mail.Read'],
    excess: ['Brand.New'],
  })
})

t.test('A name that no release knows any more entitles to nothing', async (t) => {
  t.notOk(entitles(may('exchange:Mail.Read'), { resource: 'graph', value: 'Mail.Read' }))
})

t.test('Roles that cannot be read are not judged', async (t) => {
  const token = tokenOf(manualClock(), { roles: 'unreadable' })
  const wanted = { resource: 'graph', permissions: permissionsNamed(['Mail.Read']) } as const
  t.equal(judgeRoles(token, wanted, may('Mail.Read')), undefined)
})

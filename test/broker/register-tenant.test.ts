import t, { type Test } from 'tap'
import type { LookupFailure } from '../../src/broker/ports.ts'
import { type NamedTenant, registerTenant } from '../../src/broker/register-tenant.ts'
import { fail, ok } from '../../src/domain/result.ts'
import { guid, must } from './fixture.ts'
import { actor, addApplication, changes, openWorld } from './world.ts'

const directory = guid('contoso')

async function openDesk(t: Test, failure?: LookupFailure) {
  const world = await openWorld(t)
  await addApplication(world, 'mail')
  const asked: string[] = []
  const directories = {
    async find(cloud: string, domain: string) {
      asked.push(`${cloud} ${domain}`)
      return failure === undefined
        ? ok(domain === 'moved.example' ? guid('moved') : directory)
        : fail(failure)
    },
  }
  const register = (tenant: Partial<NamedTenant>, precondition: 'absent' | 'any' = 'any') =>
    registerTenant(
      { registration: world, directories },
      actor,
      { id: 'contoso', applications: ['mail'], ...tenant },
      precondition,
    )
  return { world, asked, register }
}

t.test('a directory that is named by its domain is kept by its GUID', async (t) => {
  const { world, asked, register } = await openDesk(t)
  const { record } = must(await register({ domain: 'Contoso.Example' }, 'absent'))
  t.equal(record.directoryId, directory)
  t.strictSame(asked, ['global contoso.example'])
  t.match(JSON.parse((await changes(world)).at(-1)?.after ?? ''), { directory_id: directory })
  const again = must(await register({ domain: 'contoso.example' }))
  t.equal(again.outcome, 'unchanged')
  t.equal(must(await register({ directory_id: directory })).outcome, 'unchanged', 'by either name')
  t.equal(asked.length, 2)
})

t.test('the domain is looked up in the cloud of the applications', async (t) => {
  const { world, asked, register } = await openDesk(t)
  const application = await addApplication(world, 'gov')
  must(
    await world.registry.commit(async (transaction) => {
      const { revision } = transaction
      return ok(await transaction.saveApplication({ ...application, cloud: 'usgov', revision }))
    }),
  )
  must(await register({ applications: ['gov'], domain: 'agency.example' }))
  t.strictSame(asked, ['usgov agency.example'])
})

t.test('a domain that leads elsewhere by now changes nothing', async (t) => {
  const { register } = await openDesk(t)
  must(await register({ domain: 'contoso.example' }))
  t.match(await register({ domain: 'moved.example' }), {
    failure: { code: 'immutable_member', faults: [{ pointer: '/domain' }] },
  })
  t.match(await register({ id: 'second', domain: 'contoso.example' }), {
    failure: { code: 'already_exists', member: 'directory_id', value: directory },
  })
})

t.test('it is one or the other', async (t) => {
  const { asked, register } = await openDesk(t)
  t.match(await register({ directory_id: directory, domain: 'contoso.example' }), {
    failure: { code: 'invalid_request', faults: [{ pointer: '/directory_id' }, { pointer: '/domain' }] },
  })
  t.match(await register({}), {
    failure: { code: 'invalid_request', faults: [{ pointer: '/directory_id' }] },
  })
  t.strictSame(asked, [])
})

t.test('Entra is not asked for a tenant that has other faults', async (t) => {
  const { asked, register } = await openDesk(t)
  const domain = 'contoso.example'
  for (const [wrong, pointer] of [
    [{ id: 'tokens' }, '/id'],
    [{ applications: ['nobody'] }, '/applications/0'],
    [{ cloud: 'china' }, '/cloud'],
  ] as const) {
    t.match(await register({ domain, ...wrong }), {
      failure: { code: 'invalid_request', faults: [{ pointer }] },
    })
  }
  t.strictSame(asked, [])
})

t.test('what keeps Entra from answering keeps the tenant from being registered', async (t) => {
  for (const failure of [
    { code: 'domain_not_found', domain: 'contoso.example' },
    { code: 'entra_unavailable', retryAfterSeconds: 30 },
  ] as const) {
    const { world, register } = await openDesk(t, failure)
    t.strictSame(await register({ domain: 'contoso.example' }), fail(failure))
    t.equal(world.snapshot().tenant('contoso'), undefined)
  }
})

import { randomUUID } from 'node:crypto'
import t from 'tap'
import { expectSuccess, text } from '../../../sandbox/api-client.ts'
import { members } from '../../http/json-value.ts'
import { setStage } from '../../routes/stage.ts'
import { type Decision, decide } from '../authorisation-model.ts'
import { asks, matrixWorld, tenantNames } from '../matrix-world.ts'

const stage = await setStage(t)
const { operator, entra, sandbox } = stage
const directories = new Map(tenantNames.map((id) => [id, randomUUID()]))
const keys = new Map<string, string>()

for (const { id, permissions, withoutCredential } of matrixWorld.applications) {
  const application = await stage.addApplication(id, permissions)
  for (const tenant of matrixWorld.tenants) {
    const directory = `/_sandbox/directories/${directories.get(tenant.id)}`
    await expectSuccess(entra('PUT', directory, { display_name: tenant.id }))
    const roles = tenant.consents[id]
    if (roles !== undefined)
      await expectSuccess(entra('PUT', `${directory}/consents/${application.clientId}`, { roles }))
  }
  await application.upload()
  if (withoutCredential === true) continue
  await expectSuccess(application.change({ state: 'active', verify: false }))
}
for (const { id, grants, role = 'caller' } of matrixWorld.callers) {
  await expectSuccess(operator('POST', '/callers', { id, role, grants }))
  keys.set(id, text(await expectSuccess(operator('POST', `/callers/${id}/keys`, {})), 'key'))
}
let asked = 0
for (const { consents: _, opaque = false, enabled = true, ...tenant } of matrixWorld.tenants) {
  const directory_id = directories.get(tenant.id)
  await expectSuccess(operator('POST', '/tenants', { ...tenant, directory_id }))
  await expectSuccess(entra('PUT', '/_sandbox/settings', { opaque_tokens: opaque }))
  await expectSuccess(operator('POST', `/tenants/${tenant.id}/diagnosis`))
  // Opaque tokens are had here, since the setting is Entra's as a whole.
  if (opaque)
    for (const scope of ['Mail.Read', 'outlook:IMAP.AccessAsApp'])
      await request('all-wide', tenant.id, [scope])
  if (!enabled)
    await expectSuccess(operator('PUT', `/tenants/${tenant.id}`, { ...tenant, directory_id, enabled }))
}
await expectSuccess(entra('PUT', '/_sandbox/settings', { opaque_tokens: false }))
for (const { enabled, ...caller } of matrixWorld.callers)
  if (enabled === false)
    await expectSuccess(operator('PUT', `/callers/${caller.id}`, { ...caller, role: 'caller', enabled }))

async function request(caller: string, tenant: string, scopes: readonly string[]) {
  asked += 1
  return sandbox.broker.app.inject({
    // From everywhere: one caller of the matrix is disabled, and 20 failures a minute are enough for one address.
    remoteAddress: `10.0.${asked >> 8}.${asked & 255}`,
    method: 'POST',
    url: '/tokens',
    headers: { authorization: `Bearer ${keys.get(caller)}` },
    payload: { tenant, scopes },
  })
}

const list = (value: unknown) => (Array.isArray(value) ? value.map(String).sort() : undefined)

/** The decision as the reply tells it. */
function told(status: number, body: Readonly<Record<string, unknown>>): Decision {
  const { application, permissions, missing_permissions } = body
  const shared = {
    status,
    code: status === 200 ? 'issued' : String(body['code']),
    ...(typeof application === 'string' && { application }),
  }
  const [about, missing] = [list(permissions), list(missing_permissions)]
  return {
    ...shared,
    ...(about !== undefined && { permissions: about }),
    ...(missing !== undefined && { missing }),
    ...(status === 200 && {
      scope: String(body['scope']).split(' ').filter(Boolean).sort(),
      granted: list(body['granted_permissions']) ?? [],
      excess: list(body['excess_permissions']) ?? [],
    }),
  }
}

function sorted(decision: Decision): object {
  return Object.fromEntries(
    Object.entries(decision).map(([name, value]) => [name, Array.isArray(value) ? value.toSorted() : value]),
  )
}

t.test('01 each caller in each tenant with each scope is answered as the rules say', async (t) => {
  const outcomes = new Map<string, number>()
  const different: object[] = []
  let decisions = 0
  for (const tenant of tenantNames) {
    for (const { scopes, ask } of asks) {
      // Callers change from one request to the next: nothing that one was granted may serve another.
      for (const { id: caller } of matrixWorld.callers) {
        decisions += 1
        // Every other one names the directory, in capitals, in the place of the tenant.
        const reference = decisions % 2 === 0 ? String(directories.get(tenant)).toUpperCase() : tenant
        const reply = await request(caller, reference, scopes)
        const found = sorted(told(reply.statusCode, members(reply.json())))
        const wanted = sorted(decide(matrixWorld, caller, tenant, ask))
        if (!isEqual(found, wanted)) different.push({ caller, tenant, scopes, found, wanted })
        const code = String(members(found)['code'])
        outcomes.set(code, (outcomes.get(code) ?? 0) + 1)
      }
    }
  }
  t.strictSame(different.slice(0, 5), [], `${different.length} decisions differ`)
  t.equal(decisions, 4_000)
  const codes = [
    ...['issued', 'unauthenticated', 'role_required', 'mixed_resources', 'unknown_scope'],
    ...['no_permission_requested', 'tenant_not_granted', 'permission_not_granted', 'tenant_disabled'],
    ...['permission_not_declared', 'credential_missing', 'consent_missing', 'roles_unverifiable'],
    'excess_permissions',
  ]
  t.strictSame([...outcomes.keys()].sort(), codes.sort(), 'every outcome is met, and no other')
  t.comment(JSON.stringify(Object.fromEntries(outcomes)))
})

function isEqual(a: object, b: object): boolean {
  const inOrder = (value: object) => JSON.stringify(Object.entries(value).sort())
  return inOrder(a) === inOrder(b)
}

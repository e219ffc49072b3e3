import { randomUUID } from 'node:crypto'
import { join } from 'node:path'
import t, { type Test } from 'tap'
import { type ApiClient, expectSuccess } from '../../sandbox/api-client.ts'
import { createDatabase } from '../postgres.ts'
import { addReplica } from '../replicas.ts'
import { type Stage, setStage } from '../routes/stage.ts'

const server = process.env['TEST_DATABASE_URL']
const withoutServer = server === undefined && 'TEST_DATABASE_URL names no server'

const declared = {
  reader: ['Mail.Read'],
  sender: ['Mail.Send'],
  full: ['Calendars.Read', 'Mail.Read', 'Mail.ReadWrite', 'Mail.Send'],
}

/** What is asked for, and the smallest application that covers it. */
const smallest = [
  { scopes: ['Mail.Read'], application: 'reader' },
  { scopes: ['Mail.Send'], application: 'sender' },
  { scopes: ['Mail.Read', 'Mail.Send'], application: 'full' },
  { scopes: ['Mail.ReadWrite'], application: 'full' },
  { scopes: ['Calendar.ReadOnly'], application: 'full' },
] as const

t.test('over SQLite', async (t) => {
  const stage = await setStage(t)
  await expectLeastPrivilege(t, stage, { SQLITE_PATH: join(stage.folder, 'registry.sqlite') })
})

t.test('over PostgreSQL', { skip: withoutServer }, async (t) => {
  const { database, drop } = await createDatabase(String(server))
  const environment = { SQLITE_PATH: '', DATABASE_URL: database }
  const stage = await setStage(t, { environment })
  t.teardown(drop)
  await expectLeastPrivilege(t, stage, environment)
})

async function expectLeastPrivilege(t: Test, stage: Stage, registry: Record<string, string>): Promise<void> {
  const { entra } = stage
  const second = await addReplica(t, stage, registry)
  const { directoryId, clientIds } = await addThreeApplications(stage)
  const consents = (id: keyof typeof declared) =>
    `/_sandbox/directories/${directoryId}/consents/${clientIds[id]}`
  const replicas = [
    { name: 'one replica', caller: stage.caller, operator: stage.operator },
    { name: 'another replica', ...second },
  ]
  const ask = async (api: ApiClient, scopes: readonly string[]) => {
    const { status, body } = await api('POST', '/tokens', { tenant: 'contoso-mail', scopes })
    return {
      status,
      application: body['application'],
      token: body['access_token'],
      carried: body['granted_permissions'],
    }
  }

  await t.test('each request gets the token of the smallest application that covers it', async (t) => {
    for (const { name, caller, operator } of replicas) {
      await operator('GET', '/tenants/contoso-mail')
      for (const { scopes, application } of smallest) {
        const cold = await ask(caller, scopes)
        t.match(
          cold,
          { status: 200, application, carried: declared[application] },
          `${name}: ${scopes.join(' ')}`,
        )
        t.strictSame(await ask(caller, scopes), cold, 'and the same one warm')
      }
    }
  })

  await t.test('where its consent is withdrawn the next larger one serves, everywhere', async (t) => {
    await expectSuccess(entra('PUT', consents('reader'), { roles: [] }))
    t.match(
      await ask(stage.caller, ['Mail.Read']),
      { application: 'reader' },
      'the token that is held is good still',
    )
    await outliveTokens(stage)
    const served = await ask(stage.caller, ['Mail.Read'])
    t.match(served, { status: 200, application: 'full', carried: declared.full })
    for (const { name, caller, operator } of replicas) {
      await operator('GET', '/tenants/contoso-mail')
      t.match(await ask(caller, ['Mail.Read']), { status: 200, application: 'full' }, name)
      t.match(await ask(caller, ['Mail.Send']), { status: 200, application: 'sender' }, name)
    }
  })

  await t.test('and where it is given again, the smallest one as before', async (t) => {
    await expectSuccess(entra('PUT', consents('reader'), { roles: declared.reader }))
    await expectSuccess(entra('PUT', consents('full'), { roles: ['Calendars.Read'] }))
    await outliveTokens(stage)
    const served = await ask(stage.caller, ['Mail.Read'])
    t.match(served, { status: 200, application: 'reader', carried: declared.reader })
    for (const { name, caller, operator } of replicas) {
      await operator('GET', '/tenants/contoso-mail')
      t.match(await ask(caller, ['Mail.Read']), { status: 200, application: 'reader' }, name)
    }
  })
}

/** In steps that the registry's staleness allows. */
async function outliveTokens({ pass }: Stage): Promise<void> {
  for (let step = 0; step < 3; step += 1) await pass(2_000)
}

async function addThreeApplications({ operator, entra, addApplication }: Stage) {
  const directoryId = randomUUID()
  await expectSuccess(entra('PUT', `/_sandbox/directories/${directoryId}`, { display_name: 'Contoso Mail' }))
  const clientIds = { reader: '', sender: '', full: '' }
  for (const id of ['reader', 'sender', 'full'] as const) {
    const application = await addApplication(id, declared[id])
    clientIds[id] = application.clientId
    await application.upload()
    const path = `/_sandbox/directories/${directoryId}/consents/${application.clientId}`
    await expectSuccess(entra('PUT', path, { roles: declared[id] }))
    await expectSuccess(application.change({ state: 'active', verify: false }))
  }
  const tenant = { id: 'contoso-mail', directory_id: directoryId, applications: ['full', 'sender', 'reader'] }
  await expectSuccess(operator('POST', '/tenants', tenant))
  return { directoryId, clientIds }
}

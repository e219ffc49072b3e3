import { randomUUID } from 'node:crypto'
import type { Test } from 'tap'
import { type ApiReply, expectSuccess, text } from '../../sandbox/api-client.ts'
import { parseJwt } from '../../sandbox/entra/jwt.ts'
import { addTenant, type Stage } from './stage.ts'

/** What the app registration has in the portal; it replaces what was there. */
export interface Portal {
  /** PEM. */
  readonly certificates?: readonly unknown[]
  readonly secrets?: readonly unknown[]
}

/** An application with a tenant of the same name that has consented, and no credential at first. */
export interface Holder {
  readonly id: string
  readonly clientId: string
  /** Of its credentials. */
  readonly path: string
  add(order: object): Promise<ApiReply>
  register(portal: Portal): Promise<void>
  change(credential: unknown, body: object): Promise<ApiReply>
  remove(credential: unknown, headers?: Record<string, string>): Promise<ApiReply>
  token(): Promise<ApiReply>
}

export const smallest = { type: 'certificate', source: 'generated', key_size: 2048 } as const

type Hands = Pick<Stage, 'operator' | 'entra' | 'token'>

export async function addHolder({ operator, entra, token }: Hands, id: string): Promise<Holder> {
  const clientId = randomUUID()
  const application = { id, client_id: clientId, display_name: id, permissions: ['Mail.Read'] }
  await expectSuccess(operator('POST', '/applications', application))
  await addTenant({ operator, entra }, id, { application: id, clientId, roles: ['Mail.Read'] })
  const path = `/applications/${id}/credentials`
  return {
    id,
    clientId,
    path,
    add: (order) => operator('POST', path, order),
    async register(portal) {
      await expectSuccess(entra('PUT', `/_sandbox/applications/${clientId}`, portal))
    },
    async change(credential, body) {
      const one = `${path}/${String(credential)}`
      const { headers } = await operator('GET', one)
      return operator('PATCH', one, body, { 'if-match': String(headers['etag']) })
    },
    remove: (credential, headers) =>
      operator('DELETE', `${path}/${String(credential)}`, undefined, headers ?? {}),
    token: () => token(id),
  }
}

/** A credential that Entra knows and that is active; its body as activation showed it. */
export async function activate(holder: Holder, known: readonly unknown[] = []) {
  const added = await expectSuccess(holder.add(smallest))
  await holder.register({ certificates: [...known, added['certificate']] })
  return expectSuccess(holder.change(added['id'], { state: 'active' }))
}

/** From a credential that was just added to mail that is read with a token which it proved. */
export async function expectWork(
  t: Test,
  { readMail }: Pick<Stage, 'readMail'>,
  holder: Holder,
  added: ApiReply,
  portal: Portal,
): Promise<void> {
  t.strictSame([added.status, added.body['state']], [201, 'pending'])
  await holder.register(portal)
  const active = await holder.change(added.body['id'], { state: 'active' })
  t.strictSame([active.status, active.body['state']], [200, 'active'], 'Entra gave a trial token')
  t.strictSame({ ...added.body, ...active.body }, active.body, 'nothing is lost')
  const issued = await holder.token()
  t.equal(issued.status, 200)
  const token = text(issued.body, 'access_token')
  const bySecret = active.body['type'] === 'client_secret'
  t.equal(parseJwt(token)?.claims['appidacr'], bySecret ? '1' : '2', 'the application proved itself so')
  t.equal((await readMail(token)).status, 200, 'Graph takes the token')
}

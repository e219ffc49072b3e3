import { setTimeout as delay } from 'node:timers/promises'
import type { Test } from 'tap'
import type { ApiClient } from '../../sandbox/api-client.ts'
import { items, members } from '../http/json-value.ts'
import { type Stage, setStage } from './stage.ts'
import { type Ahead, createVisitor, goAhead, type Visitor } from './visitor.ts'

export interface ConsentStage extends Stage, Pick<Ahead, 'step'> {
  readonly origin: string
  /** Lets the time of the broker pass, and what is due by then begin. */
  elapse(seconds: number): void
  visit(t: Test): Visitor
  /** The path of a tenant's consent link. */
  linkOf(tenant: string): Promise<string>
  /** A tenant that nobody has consented for; its directory. */
  addCustomer(id: string): Promise<string>
  /** How often Entra was asked for a token of this directory. */
  mintsOf(directory: string): Promise<number>
  statusOf(tenant: string): Promise<unknown>
}

export async function setConsentStage(t: Test): Promise<ConsentStage> {
  const { clock, wait, pass, step } = goAhead()
  const stage = await setStage(t, { platform: { clock, wait } })
  const { operator, sandbox, entra, addTenant } = stage
  return {
    ...stage,
    step,
    origin: sandbox.broker.origin,
    elapse: pass,
    visit: (t) => createVisitor(t, sandbox),
    linkOf: (tenant) => linkOf(operator, tenant),
    addCustomer: (id) => addTenant(id, { more: { display_name: `${id} GmbH` } }),
    async mintsOf(directory) {
      const { body } = await entra('GET', '/_sandbox/requests')
      return Number(members(body['by_route'])[`POST /${directory}/oauth2/v2.0/token`] ?? 0)
    },
    async statusOf(tenant) {
      return items((await operator('GET', `/tenants/${tenant}`)).body['consents'])[0]?.['status']
    },
  }
}

export async function linkOf(operator: ApiClient, tenant: string): Promise<string> {
  const { body } = await operator('GET', `/tenants/${tenant}`)
  return new URL(String(items(body['consents'])[0]?.['admin_consent_url'])).pathname
}

/** Looks until it is so; what it waits for is under way, and nobody else is told when it is done. */
export async function until(isSo: () => Promise<boolean>): Promise<void> {
  for (let looks = 0; looks < 1_000; looks += 1) {
    if (await isSo()) return
    await delay(10)
  }
  throw new Error('it never came to that')
}

import { randomUUID } from 'node:crypto'
import type { Chance } from './chance.ts'

export type Document = Readonly<Record<string, unknown>>

/** A record that is written over and over. Documents have every default spelled out, as replies and audit do. */
export interface Kind {
  readonly name: 'application' | 'tenant' | 'caller'
  readonly collection: 'applications' | 'tenants' | 'callers'
  readonly id: string
  /** Another one each time: `count` is in it. */
  document(count: number): Document
  /** The members that a PATCH gives. */
  readonly patched: readonly string[]
}

/** Applications that are there throughout, for tenants to use. */
export const baseApplications = ['base-a', 'base-b']

const permissions = [['Mail.Read'], ['Calendars.Read', 'Mail.Read', 'Mail.Send'], ['Mail.Send']]

export function anApplication(id: string, chance: Chance): Kind {
  const clientId = randomUUID()
  return {
    name: 'application',
    collection: 'applications',
    id,
    document: (count) => ({
      id,
      client_id: clientId,
      cloud: 'global',
      display_name: `${id} ${count}`,
      permissions: chance.pick(permissions),
      signing_alg: chance.pick(['PS256', 'RS256']),
    }),
    patched: ['display_name', 'permissions'],
  }
}

export function aTenant(id: string, chance: Chance): Kind {
  const directoryId = randomUUID()
  const [first = '', second = ''] = baseApplications
  return {
    name: 'tenant',
    collection: 'tenants',
    id,
    document: (count) => ({
      id,
      directory_id: directoryId,
      cloud: 'global',
      display_name: `${id} ${count}`,
      labels: { count: String(count), plan: chance.pick(['gold', 'free']) },
      applications: chance.pick([[first], [second], [first, second]]),
      role_check: chance.pick(['strict', 'warn']),
      enabled: chance.fraction() < 0.8,
    }),
    patched: ['labels', 'applications', 'enabled'],
  }
}

export function aCaller(id: string, chance: Chance): Kind {
  const grant = (count: number) => ({
    tenants: chance.pick<unknown>([
      '*',
      { ids: [`customer-${count}`] },
      { labels: { count: String(count) } },
    ]),
    permissions: chance.pick(permissions),
    excess: chance.pick(['refuse', 'allow']),
  })
  return {
    name: 'caller',
    collection: 'callers',
    id,
    document: (count) => ({
      id,
      role: chance.pick(['caller', 'auditor']),
      identities: [{ issuer: 'https://issuer.example', subject: `${id} ${count}` }],
      enabled: chance.fraction() < 0.8,
      grants: [
        { tenants: { ids: [`count-${count}`] }, permissions: ['Mail.Read'], excess: 'refuse' },
        ...Array.from({ length: chance.integer(0, 3) }, () => grant(count)),
      ],
    }),
    patched: ['grants'],
  }
}

import Type from 'typebox'
import { Agent, request } from 'undici'
import type { LocalCloud } from '../sandbox/clouds.ts'
import { isA } from './messages.ts'

const Seen = Type.Object({ by_route: Type.Record(Type.String(), Type.Integer()) })

/** Tokens that the local Entra was asked for so far, but for those with which brokers get at their vault. */
export async function countCalls({ entra, certificatePem, identity }: LocalCloud): Promise<number> {
  const dispatcher = new Agent({ connect: { ca: certificatePem } })
  const { body } = await request(`${entra.origin}/_sandbox/requests`, { dispatcher })
  const seen: unknown = await body.json()
  await dispatcher.close()
  if (!isA(Seen, seen)) throw new Error('The local Entra does not say what it was asked.')
  return Object.entries(seen.by_route)
    .filter(([route]) => route.endsWith('/oauth2/v2.0/token') && !route.includes(identity.directoryId))
    .reduce((sum, [, count]) => sum + count, 0)
}

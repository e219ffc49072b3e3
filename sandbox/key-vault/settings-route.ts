import type { FastifyInstance } from 'fastify'
import type { Delays } from './object-store.ts'
import { invalidProperty, readBody, readInteger } from './request.ts'

const members = ['delete_delay_ms', 'recover_delay_ms']

/** Control of the sandbox itself, beside the API of Key Vault: it takes no bearer. */
export function registerSettingsRoute(app: FastifyInstance, delays: Delays): void {
  app.put('/_sandbox/settings', (request) => {
    const body = readBody(request)
    for (const name of Object.keys(body)) {
      if (!members.includes(name) || (readInteger(body, name) ?? 0) < 0) throw invalidProperty(name)
    }
    delays.delete = readInteger(body, 'delete_delay_ms') ?? delays.delete
    delays.recover = readInteger(body, 'recover_delay_ms') ?? delays.recover
    return { delete_delay_ms: delays.delete, recover_delay_ms: delays.recover }
  })
}

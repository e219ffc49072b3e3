import { randomBytes } from 'node:crypto'
import Fastify, { type InjectOptions, type LightMyRequestResponse } from 'fastify'
import { keyVault } from '../../../sandbox/key-vault/key-vault.ts'
import { createVault, type Vault } from '../../../sandbox/key-vault/vault.ts'
import { isMembers } from './recording.ts'
import type { Stage } from './scenes.ts'

const methods = ['GET', 'PUT', 'POST', 'PATCH', 'DELETE'] as const

export const goodBearer = 'Bearer good'

export type StageOptions = {
  readonly host?: string
  readonly recoverableDays?: number
  readonly authority?: string
  readonly resource?: string
}

export type Request = {
  readonly method: string
  readonly url: string
  readonly headers?: Record<string, string>
  readonly body?: object
}

export type StagedVault = Stage & {
  readonly inject: (request: Request) => Promise<LightMyRequestResponse>
  /** What the scene wants sent instead of the recorded body. */
  readonly replacement: () => object | undefined
}

/** A vault whose clock and version ids the test sets; its server stays in this process. */
export function createStage(options: StageOptions = {}): StagedVault {
  const versions: string[] = []
  let now = 1_668_463_000_000
  let replacement: object | undefined
  const vault = createVault({
    now: () => now,
    random: (size) =>
      Buffer.from((size === 16 && versions.shift()) || randomBytes(size).toString('hex'), 'hex'),
    recoverableDays: options.recoverableDays ?? 90,
  })
  const inject = serve(vault, options)
  return {
    vault,
    inject,
    at: (seconds) => {
      now = seconds * 1000
    },
    nextVersion: (id) => versions.push(id),
    send: (body) => {
      replacement = body
    },
    replacement: () => replacement,
    call: async (method, url, body) => {
      const request = { method, url, headers: { authorization: goodBearer } }
      const response = await inject(body === undefined ? request : { ...request, body })
      const answer: unknown = response.body === '' ? {} : response.json()
      return isMembers(answer) ? answer : {}
    },
  }
}

function serve(vault: Vault, options: StageOptions): StagedVault['inject'] {
  const app = Fastify({ routerOptions: { maxParamLength: 2048 } })
  app.register(
    keyVault({
      vault,
      authority: () => options.authority ?? 'https://login.microsoftonline.com/tenant',
      resource: options.resource ?? 'https://vault.azure.net',
      authenticate: (bearer) => bearer === 'good',
    }),
  )
  return async (request) => {
    const headers = { host: options.host ?? 'sandbox.vault.azure.net', ...request.headers }
    const call: InjectOptions = { method: readMethod(request.method), url: request.url, headers }
    return app.inject(request.body === undefined ? call : { ...call, payload: request.body })
  }
}

function readMethod(method: string): (typeof methods)[number] {
  const found = methods.find((one) => one === method)
  if (found) return found
  throw new TypeError(`no method ${method}`)
}

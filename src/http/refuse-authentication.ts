import type { FastifyRequest } from 'fastify'
import type { RefuseAuthentication } from '../broker/failed-authentications.ts'
import type { Failure } from '../domain/failure.ts'
import { clientNetwork } from './client-network.ts'

/**
 * What to answer where it cannot be said who calls. `credential` is what was tried, where it did not come in the
 * Authorization header. Whatever is no failed authentication stays as it is.
 */
export type Refuse = (failure: Failure, request: FastifyRequest, credential?: string) => Failure

export function refuseByClient(refuse: RefuseAuthentication): Refuse {
  return (failure, request, credential = request.headers.authorization) =>
    failure.code === 'unauthenticated' ? refuse(clientNetwork(request.ip), credential) : failure
}

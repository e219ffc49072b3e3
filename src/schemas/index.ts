import type { FastifyInstance } from 'fastify'
import {
  ApplicationList,
  ApplicationRequest,
  ApplicationResponse,
  CredentialList,
  CredentialPatch,
  CredentialRequest,
  CredentialResponse,
} from './applications.ts'
import { CallerList, CallerRequest, CallerResponse, KeyRequest, KeyResponse } from './callers.ts'
import { Liveness, Readiness } from './health.ts'
import { Problem } from './problem.ts'
import { DialectList, DialectResponse, TranslationRequest, TranslationResponse } from './scopes.ts'
import { TenantList, TenantRequest, TenantResponse } from './tenants.ts'
import { TokenRequest, TokenResponse } from './tokens.ts'

const schemas = [
  Problem,
  TokenRequest,
  TokenResponse,
  TranslationRequest,
  TranslationResponse,
  DialectResponse,
  DialectList,
  ApplicationRequest,
  ApplicationResponse,
  ApplicationList,
  CredentialRequest,
  CredentialPatch,
  CredentialResponse,
  CredentialList,
  TenantRequest,
  TenantResponse,
  TenantList,
  CallerRequest,
  CallerResponse,
  CallerList,
  KeyRequest,
  KeyResponse,
  Liveness,
  Readiness,
]

/** Registers every wire shape under its name, for validation, serialisation and the OpenAPI document alike. */
export function addSchemas(app: FastifyInstance): void {
  for (const schema of schemas) app.addSchema(schema)
}

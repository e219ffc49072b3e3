import type { FastifyInstance } from 'fastify'
import {
  ApplicationList,
  ApplicationReplacement,
  ApplicationRequest,
  ApplicationResponse,
} from './applications.ts'
import { ChangeList } from './audit.ts'
import {
  CallerList,
  CallerReplacement,
  CallerRequest,
  CallerResponse,
  KeyList,
  KeyRequest,
  KeyResponse,
} from './callers.ts'
import { CredentialPatch, CredentialRequest } from './credential-requests.ts'
import { CredentialList, CredentialListing, CredentialResponse } from './credentials.ts'
import { TenantDiagnosisResponse } from './diagnosis.ts'
import { RegistryExport } from './export.ts'
import { Liveness, Readiness } from './health.ts'
import { VaultDiagnosisResponse } from './key-vault.ts'
import { ManifestResponse } from './manifest.ts'
import {
  EmptyKeySet,
  ManagedIdentityError,
  ManagedIdentityToken,
  OauthError,
  OauthMetadata,
  OauthToken,
  OauthTokenForm,
} from './oauth.ts'
import { Problem } from './problem.ts'
import { DialectList, DialectResponse, TranslationRequest, TranslationResponse } from './scopes.ts'
import { TenantList, TenantReplacement, TenantRequest, TenantResponse } from './tenants.ts'
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
  ApplicationReplacement,
  ApplicationResponse,
  ApplicationList,
  ManifestResponse,
  CredentialRequest,
  CredentialPatch,
  CredentialResponse,
  CredentialList,
  CredentialListing,
  VaultDiagnosisResponse,
  TenantRequest,
  TenantReplacement,
  TenantResponse,
  TenantList,
  TenantDiagnosisResponse,
  CallerRequest,
  CallerReplacement,
  CallerResponse,
  CallerList,
  KeyRequest,
  KeyList,
  KeyResponse,
  ChangeList,
  RegistryExport,
  OauthTokenForm,
  OauthToken,
  OauthError,
  OauthMetadata,
  EmptyKeySet,
  ManagedIdentityToken,
  ManagedIdentityError,
  Liveness,
  Readiness,
]

/** Registers every wire shape under its name, for validation, serialisation and the OpenAPI document alike. */
export function addSchemas(app: FastifyInstance): void {
  for (const schema of schemas) app.addSchema(schema)
}

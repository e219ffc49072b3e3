import type { TypeBoxTypeProvider } from '@fastify/type-provider-typebox'
import Fastify, { type FastifyBaseLogger, type FastifyInstance } from 'fastify'
import { type ApplicationsOptions, applications } from '../routes/applications.ts'
import { type AuditOptions, audit } from '../routes/audit.ts'
import { callers } from '../routes/callers.ts'
import { type ConsentOptions, consent } from '../routes/consent.ts'
import { type CredentialsOptions, credentials } from '../routes/credentials.ts'
import { type DiagnosisOptions, diagnosis } from '../routes/diagnosis.ts'
import { type EntraFacadeOptions, entraFacade } from '../routes/entra-facade.ts'
import { type ExportOptions, registryExport } from '../routes/export.ts'
import { type HealthOptions, health } from '../routes/health.ts'
import { keyVault } from '../routes/key-vault.ts'
import { keys } from '../routes/keys.ts'
import { type ManagedIdentityOptions, managedIdentity } from '../routes/managed-identity.ts'
import { manifest } from '../routes/manifest.ts'
import { type MetricsOptions, metrics } from '../routes/metrics.ts'
import { type OauthDiscoveryOptions, oauthDiscovery } from '../routes/oauth-discovery.ts'
import { scopes } from '../routes/scopes.ts'
import { type TenantsOptions, tenants } from '../routes/tenants.ts'
import { type TokensOptions, tokens } from '../routes/tokens.ts'
import type { VaultDiagnosisOptions } from './broker/diagnose-vault.ts'
import type { RefuseAuthentication } from './broker/failed-authentications.ts'
import type { IdentifyCaller } from './broker/identify-caller.ts'
import type { Trace } from './broker/trace.ts'
import { authenticate } from './http/authenticate.ts'
import { serveDocs } from './http/docs.ts'
import { followRequests } from './http/follow-requests.ts'
import { acceptJson } from './http/json-bodies.ts'
import { followLifecycle, type Lifecycle } from './http/lifecycle.ts'
import { describeApi } from './http/openapi.ts'
import { type LoadSignal, shedLoad } from './http/overload.ts'
import { answerError, handleErrors } from './http/problems.ts'
import { refuseByClient } from './http/refuse-authentication.ts'
import { sealReplies } from './http/seal-replies.ts'
import { buildSerializer } from './http/serializers.ts'
import { nodeLimits, serverLimits } from './http/server-limits.ts'
import { decorateLog, ServerLog } from './http/server-log.ts'
import { ajvOptions } from './http/validators.ts'
import { addSchemas } from './schemas/index.ts'

/** Everything that the routes work with, made by `compose`. */
export interface Services {
  readonly identifyCaller: IdentifyCaller
  readonly refuseAuthentication: RefuseAuthentication
  readonly load: LoadSignal
  readonly onShed: () => void
  readonly tokens: Omit<TokensOptions, 'lifecycle'>
  readonly applications: ApplicationsOptions
  readonly credentials: CredentialsOptions
  readonly keyVault: { readonly diagnosis: VaultDiagnosisOptions }
  readonly tenants: TenantsOptions
  readonly diagnosis: DiagnosisOptions
  readonly consent: ConsentOptions
  readonly entraFacade: Omit<EntraFacadeOptions, 'refuse'>
  readonly oauthDiscovery: OauthDiscoveryOptions
  readonly managedIdentity: Omit<ManagedIdentityOptions, 'refuse'>
  readonly audit: AuditOptions
  readonly export: ExportOptions
  readonly health: Omit<HealthOptions, 'lifecycle'>
  readonly metrics: MetricsOptions
}

export interface AppOptions {
  readonly version: string
  readonly docs: boolean
  readonly requestId: () => string
  readonly logger: FastifyBaseLogger
  readonly lifecycle: Lifecycle
  /** Networks whose `X-Forwarded-For` is believed. */
  readonly trustedProxies: readonly string[]
  readonly trace?: Trace
  readonly https?: { readonly key: string; readonly cert: string }
}

/** What the consent pages of a second listener are built with. */
export type PublicAppOptions = Omit<AppOptions, 'version' | 'docs'>

/** The application as a table of contents: first what holds for all routes, then the open ones, then the others. */
export async function buildApp(services: Services, options: AppOptions): Promise<FastifyInstance> {
  const { lifecycle } = options
  const app = createServer(options).withTypeProvider<TypeBoxTypeProvider>()
  acceptJson(app)
  addSchemas(app)
  handleErrors(app)
  followLifecycle(app, lifecycle)
  sealReplies(app)
  if (options.trace !== undefined) followRequests(app, options.trace)
  await describeApi(app, options)

  const refuse = refuseByClient(services.refuseAuthentication)

  await app.register(health, { ...services.health, lifecycle })
  await app.register(metrics, services.metrics)
  await app.register(consent, services.consent)
  await app.register(oauthDiscovery, services.oauthDiscovery)
  if (options.docs) await app.register(serveDocs)

  await app.register(async (oauth) => {
    shedLoad(oauth, services.load, services.onShed)
    await oauth.register(entraFacade, { ...services.entraFacade, refuse })
    await oauth.register(managedIdentity, { ...services.managedIdentity, refuse })
  })

  await app.register(async (keyed) => {
    shedLoad(keyed, services.load, services.onShed)
    authenticate(keyed, services.identifyCaller, refuse)
    await keyed.register(tokens, { ...services.tokens, lifecycle })
    await keyed.register(scopes)
    await keyed.register(applications, services.applications)
    await keyed.register(manifest, services.applications)
    await keyed.register(credentials, services.credentials)
    await keyed.register(keyVault, services.keyVault)
    await keyed.register(tenants, services.tenants)
    await keyed.register(diagnosis, services.diagnosis)
    await keyed.register(callers, services.applications)
    await keyed.register(keys, services.applications)
    await keyed.register(audit, services.audit)
    await keyed.register(registryExport, services.export)
  })
  return app
}

/** The consent pages alone, to be put where customers can reach them; nothing else is there to be found. */
export async function buildPublicApp(
  pages: ConsentOptions,
  options: PublicAppOptions,
): Promise<FastifyInstance> {
  const app = createServer(options).withTypeProvider<TypeBoxTypeProvider>()
  acceptJson(app)
  addSchemas(app)
  handleErrors(app)
  sealReplies(app)
  followLifecycle(app, options.lifecycle)
  await app.register(consent, pages)
  return app
}

function createServer({ https, logger, requestId, trustedProxies }: PublicAppOptions): FastifyInstance {
  const app = Fastify({
    logController: new ServerLog(logger),
    genReqId: requestId,
    requestIdHeader: false,
    // Faults of the URL come before any route is found, so the routes' error handler never sees them.
    frameworkErrors: answerError,
    // What was sent before the server began to close is still answered.
    return503OnClosing: false,
    ...serverLimits,
    trustProxy: trustedProxies.length === 0 ? false : [...trustedProxies],
    routerOptions: { maxParamLength: 512 },
    ...(https === undefined ? { http: nodeLimits } : { https: { ...nodeLimits, ...https } }),
    schemaController: { compilersFactory: { buildSerializer } },
    ajv: { customOptions: ajvOptions },
  })
  decorateLog(app, logger)
  return app
}

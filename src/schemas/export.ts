import Type from 'typebox'
import { ApplicationRequest } from './applications.ts'
import { CallerRequest } from './callers.ts'
import { Closed, ref, Slug, Timestamp } from './common.ts'
import { CredentialResponse } from './credentials.ts'
import { TenantRequest } from './tenants.ts'

export const RegistryExport = Closed(
  {
    exported_at: Timestamp,
    applications: Type.Array(ref(ApplicationRequest)),
    tenants: Type.Array(ref(TenantRequest)),
    callers: Type.Array(ref(CallerRequest)),
    credentials: Type.Array(Closed({ application: Slug, credential: ref(CredentialResponse) }), {
      description: 'Where the private keys are; for people, not for PUT.',
    }),
  },
  {
    $id: 'RegistryExport',
    description: 'The registry without secrets. PUT its parts in this order to restore it.',
  },
)
export type RegistryExport = Type.Static<typeof RegistryExport>

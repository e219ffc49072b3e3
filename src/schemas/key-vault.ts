import Type from 'typebox'
import { Closed, Slug, Timestamp } from './common.ts'

const Orphan = Closed({
  name: Type.String({ description: 'The secret in Key Vault.' }),
  enabled: Type.Boolean(),
  created_at: Type.Optional(Timestamp),
})

const Fault = {
  code: Type.String({ description: 'That of the problem.', examples: ['credential_unreadable'] }),
  detail: Type.String(),
  hint: Type.Optional(Type.String()),
}

const Named = { application: Slug, credential: Type.String({ examples: ['3f2a9c41'] }) }

export const VaultDiagnosisResponse = Closed(
  {
    orphans: Type.Array(Orphan, {
      description:
        'Secrets that a broker made and that no credential of this one names: left by a crash, or of another broker ' +
        'or an older registry. The broker never deletes them; delete in Key Vault what you know.',
    }),
    unusable: Type.Array(Closed({ ...Named, ...Fault }), {
      description: 'Credentials that are not retired and that the vault does not let the broker use.',
    }),
    renewed: Type.Array(Closed(Named), {
      description: 'New versions of certificates in use, `pending` from now on: upload and activate them.',
    }),
    refused: Type.Array(Closed({ application: Slug, name: Type.String(), ...Fault }), {
      description: 'Certificates in use whose latest version could not be taken over.',
    }),
  },
  { $id: 'VaultDiagnosis', description: 'What is amiss between the vault and the registry.' },
)
export type VaultDiagnosisResponse = Type.Static<typeof VaultDiagnosisResponse>

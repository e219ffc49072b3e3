import type { FastifyPluginCallbackTypebox } from '@fastify/type-provider-typebox'
import {
  diagnoseVault,
  type VaultDiagnosis,
  type VaultDiagnosisOptions,
} from '../src/broker/diagnose-vault.ts'
import { requireRole } from '../src/http/authenticate.ts'
import { faultOf, unwrap } from '../src/http/problems.ts'
import { success } from '../src/schemas/common.ts'
import { VaultDiagnosisResponse } from '../src/schemas/key-vault.ts'
import { problemReplies } from '../src/schemas/problem.ts'

const schema = {
  operationId: 'diagnoseKeyVault',
  tags: ['Operations'],
  summary: 'Compare Key Vault with the registry',
  description:
    'Lists the vault, reads each credential that is not retired, and looks for renewed certificates. Deletes nothing, ' +
    'and shows nothing secret.',
  response: {
    200: success(VaultDiagnosisResponse, 'What is amiss; four empty lists where all is well.'),
    ...problemReplies,
  },
}

export const keyVault: FastifyPluginCallbackTypebox<{ readonly diagnosis: VaultDiagnosisOptions }> = (
  app,
  { diagnosis },
  done,
) => {
  app.post('/key-vault/diagnosis', { schema, onRequest: requireRole('operator') }, async () =>
    toReply(unwrap(await diagnoseVault(diagnosis))),
  )
  done()
}

function toReply({ orphans, unusable, renewed, refused }: VaultDiagnosis): VaultDiagnosisResponse {
  return {
    orphans: orphans.map(({ name, enabled, createdAt }) => ({
      name,
      enabled,
      ...(createdAt !== undefined && { created_at: createdAt }),
    })),
    unusable: unusable.map(({ application, credential, failure }) => ({
      application: application.id,
      credential: credential.id,
      ...faultOf(failure),
    })),
    renewed: renewed.map(({ application, credential }) => ({
      application: application.id,
      credential: credential.id,
    })),
    refused: refused.map(({ application, name, failure }) => ({ application, name, ...faultOf(failure) })),
  }
}

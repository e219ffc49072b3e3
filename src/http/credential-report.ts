import type { FastifyBaseLogger } from 'fastify'
import type { CredentialReport } from '../broker/credential-watch.ts'
import { textOf } from './problem-texts.ts'

/** What the watch over credentials finds, as the log tells it. */
export function createCredentialReport(logger: FastifyBaseLogger): CredentialReport {
  return {
    expiring({ application, credential, days }) {
      const found = {
        application: application.id,
        credential: credential.id,
        type: credential.type,
        expires_at: credential.expiresAt,
        days: Math.floor(days),
      }
      if (days <= 0) logger.error(found, 'an active credential has expired: add a new one and activate it')
      else logger.warn(found, 'an active credential expires soon: add the next one and activate it')
    },
    renewed: ({ application, credential }) =>
      logger.warn(
        {
          application: application.id,
          credential: credential.id,
          thumbprint_sha1: 'thumbprintSha1' in credential ? credential.thumbprintSha1 : undefined,
        },
        'Key Vault has renewed a certificate: upload it to the app registration, then activate the credential',
      ),
    refused({ application, name, failure }) {
      const { detail } = textOf(failure.code, failure)
      logger.warn(
        { application, key_vault_name: name, code: failure.code, detail },
        'a secret of Key Vault could not be looked at',
      )
    },
    failed: (err) => logger.error({ err }, 'the watch over credentials failed unexpectedly'),
  }
}

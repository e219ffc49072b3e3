import type { SecretClient, SecretProperties } from '@azure/keyvault-secrets'
import type { CredentialVault, ListedSecret, NewVaultSecret } from '../../broker/credential-ports.ts'
import type { CredentialFailure } from '../../domain/failure.ts'
import { fail, ok } from '../../domain/result.ts'
import { attempt, type KeyVaultOptions, usualDeadlines } from './connection.ts'
import { innerCode, statusOf } from './failures.ts'
import { createSecretClient } from './secret-client.ts'
import { openSigningKey } from './signing-key.ts'

/** The SDK truncates times to 32 bits, so a later one would come out before 1970. */
const lastTime = new Date((2 ** 31 - 1) * 1000)
/** Bytes that Key Vault takes as the value of a secret. */
const largestSecret = 25_600

/** Azure Key Vault as a place for the credentials of applications. */
export function createCredentialVault(options: KeyVaultOptions): CredentialVault {
  const { deadlines = usualDeadlines } = options
  const useClient = createSecretClient(options)

  function call<T>(
    name: string,
    work: (client: SecretClient, signal: AbortSignal) => Promise<T>,
    milliseconds?: number,
  ) {
    return attempt(options, name, (signal) => useClient((client) => work(client, signal)), milliseconds)
  }

  return {
    async store(secret) {
      const size = Buffer.byteLength(secret.value)
      if (size > largestSecret) return fail(tooLarge(size))
      return call(secret.name, async (client, abortSignal) => {
        const kept = await client.setSecret(secret.name, secret.value, {
          ...secretOptions(secret),
          abortSignal,
        })
        return referenceOf(kept.properties)
      })
    },

    async read(name, version) {
      return call(name, async (client, abortSignal) => {
        const pinned = version === undefined ? {} : { version }
        const { value = '', properties } = await client.getSecret(name, { ...pinned, abortSignal })
        return { ...referenceOf(properties), value, contentType: properties.contentType }
      })
    },

    async findKey({ certificate, ...named }) {
      const opened = await openSigningKey(options, named, certificate)
      return opened.ok ? ok(opened.value.reference) : opened
    },

    remove: (name) =>
      call(name, async (client, abortSignal) => {
        try {
          await client.beginDeleteSecret(name, { abortSignal })
        } catch (error) {
          // Deleted already, by a call whose answer was lost or by a person.
          if (statusOf(error) !== 404 && innerCode(error) !== 'ObjectIsBeingDeleted') throw error
        }
      }),

    list: () =>
      call(
        '',
        async (client, signal) => {
          const listed: ListedSecret[] = []
          for await (const page of client.listPropertiesOfSecrets({ abortSignal: signal }).byPage()) {
            // The SDK looks at the signal on the first page alone.
            signal.throwIfAborted()
            listed.push(...page.map(toListed))
          }
          return listed
        },
        deadlines.list,
      ),
  }
}

/** Throws where what came was not from Key Vault: within a call, so that it counts as away. */
function referenceOf({ name, version }: SecretProperties) {
  if (version === undefined) throw new Error('Key Vault named no version of a secret')
  return { name, version }
}

function toListed({ name, enabled = true, createdOn, tags = {} }: SecretProperties): ListedSecret {
  return { name, enabled, createdAt: createdOn?.toISOString(), tags }
}

function tooLarge(size: number): CredentialFailure {
  return {
    code: 'certificate_refused',
    detail: `The certificates and the key are ${size} bytes; Key Vault keeps at most ${largestSecret}.`,
    hint: 'Leave out the certificates of the chain: Entra looks at the first one alone.',
  }
}

function secretOptions({ contentType, expiresAt, tags }: NewVaultSecret) {
  const expiresOn = new Date(expiresAt)
  return {
    contentType,
    expiresOn: expiresOn < lastTime ? expiresOn : lastTime,
    tags: { ...tags, expires_at: expiresAt },
  }
}

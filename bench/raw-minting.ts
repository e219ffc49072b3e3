import { constants, createPrivateKey, type KeyObject, randomBytes, randomUUID, sign } from 'node:crypto'
import { Agent, request } from 'undici'
import type { StartMinter } from './mint-messages.ts'

const padding = { padding: constants.RSA_PKCS1_PSS_PADDING, saltLength: 32 }
const headers = { 'content-type': 'application/x-www-form-urlencoded;charset=utf-8' }
const encode = (value: object) => Buffer.from(JSON.stringify(value)).toString('base64url')

/** The same assertion and the same request as the broker's, with nothing around them. */
export function prepareRaw({ endpoint, pem, certificate }: StartMinter) {
  const key = createPrivateKey(pem)
  const dispatcher = new Agent({ connect: { ca: endpoint.certificatePem } })
  const clientId = randomUUID()
  const header = encode({ alg: 'PS256', typ: 'JWT', 'x5t#S256': certificate.thumbprintSha256 })

  async function assert(aud: string): Promise<string> {
    const now = Math.floor(Date.now() / 1000)
    const times = { nbf: now - 5, iat: now, exp: now + 600 }
    const claims = encode({ aud, iss: clientId, sub: clientId, jti: randomUUID(), ...times })
    const signature = await signOnThreadPool(Buffer.from(`${header}.${claims}`), key)
    return `${header}.${claims}.${signature.toString('base64url')}`
  }

  return {
    async raw() {
      const url = `${endpoint.origin}/${randomUUID()}/oauth2/v2.0/token`
      const form = new URLSearchParams({
        client_id: clientId,
        grant_type: 'client_credentials',
        scope: 'https://graph.microsoft.com/.default',
        client_assertion_type: 'urn:ietf:params:oauth:client-assertion-type:jwt-bearer',
        client_assertion: await assert(url),
      })
      const post = { method: 'POST', headers, body: form.toString(), dispatcher } as const
      const { statusCode, body } = await request(url, post)
      const reply: unknown = await body.json()
      if (statusCode !== 200 || reply === null) throw new Error(`The endpoint answered ${statusCode}.`)
    },
    async sign() {
      sign('sha256', randomBytes(500), { key, ...padding })
    },
  }
}

function signOnThreadPool(data: Buffer, key: KeyObject): Promise<Buffer> {
  return new Promise((resolve, reject) => {
    sign('sha256', data, { key, ...padding }, (error, signature) =>
      error === null ? resolve(signature) : reject(error),
    )
  })
}

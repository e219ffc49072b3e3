import { randomBytes } from 'node:crypto'
import { createServer } from 'node:https'
import { createCertificateAuthority } from '../sandbox/certificate-authority.ts'
import { isA } from './messages.ts'
import { StartEndpoint } from './mint-messages.ts'
import { serveParent } from './serve-parent.ts'

const host = '127.0.0.1'
const encode = (value: object) => Buffer.from(JSON.stringify(value)).toString('base64url')

/** As long as one of Entra: 2 KB, with the roles that the broker reads. It is made once; nobody verifies it. */
function writeReply(): string {
  const roles = ['Mail', 'Calendars', 'Contacts', 'MailboxSettings'].flatMap((noun) => [
    `${noun}.Read`,
    `${noun}.ReadWrite`,
  ])
  const header = encode({ typ: 'JWT', alg: 'RS256', nonce: randomBytes(32).toString('base64url') })
  const claims = encode({
    aud: 'https://graph.microsoft.com',
    roles,
    xms_ftd: randomBytes(600).toString('hex'),
  })
  const signature = randomBytes(256).toString('base64url')
  const access_token = `${header}.${claims}.${signature}`
  return JSON.stringify({ token_type: 'Bearer', expires_in: 3599, ext_expires_in: 3599, access_token })
}

/** A token endpoint that believes everything and answers at once. MSAL insists on TLS. */
async function start() {
  const authority = await createCertificateAuthority(new Date())
  const body = writeReply()
  const headers = { 'content-type': 'application/json; charset=utf-8', 'content-length': body.length }
  const tls = await authority.issue([host])
  const server = createServer({ ...tls, keepAliveTimeout: 72_000 }, (request, response) => {
    request.resume().on('end', () => response.writeHead(200, headers).end(body))
  })
  await new Promise<void>((resolve) => server.listen(0, host, resolve))
  const address = server.address()
  if (address === null || typeof address === 'string') throw new Error('the server has no port')
  return { origin: `https://${host}:${address.port}`, certificatePem: authority.certificatePem }
}

serveParent((message) => {
  if (isA(StartEndpoint, message)) return start()
  throw new Error('the endpoint was asked what it does not know')
})

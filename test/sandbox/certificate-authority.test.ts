import { X509Certificate } from 'node:crypto'
import { connect } from 'node:tls'
import t from 'tap'
import { Agent, fetch } from 'undici'
import { createCertificateAuthority } from '../../sandbox/certificate-authority.ts'
import { listen } from '../../sandbox/listen.ts'

t.test('a certificate holds for the names and addresses that it was issued for', async (t) => {
  const authority = await createCertificateAuthority(new Date())
  const { cert } = await authority.issue(['localhost', 'vault.example', '127.0.0.1', '::1'])
  const certificate = new X509Certificate(cert)
  const root = new X509Certificate(authority.certificatePem)
  t.ok(root.ca)
  t.notOk(certificate.ca)
  t.ok(certificate.checkIssued(root))
  t.ok(certificate.verify(root.publicKey))
  t.ok(certificate.checkHost('vault.example'))
  t.ok(certificate.checkIP('127.0.0.1'))
  t.ok(certificate.checkIP('::1'))
  t.notOk(certificate.checkHost('other.example'))
})

t.test('the authority is what node:tls and undici need to trust a service', async (t) => {
  const authority = await createCertificateAuthority(new Date())
  const tls = await authority.issue(['localhost', '127.0.0.1'])
  const listener = await listen(async (app) => {
    app.get('/', async () => 'hello')
  }, tls)
  const dispatcher = new Agent({ connect: { ca: authority.certificatePem } })
  t.teardown(async () => {
    await dispatcher.close()
    await listener.close()
  })
  t.equal(listener.origin, `https://localhost:${listener.port}`)
  for (const origin of [listener.origin, `https://127.0.0.1:${listener.port}`]) {
    t.equal(await (await fetch(origin, { dispatcher })).text(), 'hello')
  }
  const options = { host: '127.0.0.1', port: listener.port, ca: authority.certificatePem }
  const socket = connect({ ...options, servername: 'localhost' })
  await new Promise((resolve, reject) => socket.once('secureConnect', resolve).once('error', reject))
  t.ok(socket.authorized)
  socket.destroy()
  await t.rejects(fetch(listener.origin), { message: 'fetch failed' }, 'nobody trusts it unasked')
})

t.test('closing a service does not wait for connections that are kept alive', async (t) => {
  const authority = await createCertificateAuthority(new Date())
  const listener = await listen(
    async (app) => {
      app.get('/', async () => 'hello')
    },
    await authority.issue(['localhost']),
  )
  const dispatcher = new Agent({ connect: { ca: authority.certificatePem }, keepAliveTimeout: 60_000 })
  t.teardown(() => dispatcher.destroy())
  await (await fetch(listener.origin, { dispatcher })).text()
  const started = performance.now()
  await listener.close()
  t.ok(performance.now() - started < 1000)
})

import { setTimeout as delay } from 'node:timers/promises'
import type { Do, MinterMessage, StartMinter } from './mint-messages.ts'
import { serveParent } from './serve-parent.ts'

const atOnce = 8

/** Each kind of work that this process does, once. */
let minting: Partial<Record<Do['work'], () => Promise<unknown>>> = {}

async function prepare(order: StartMinter): Promise<typeof minting> {
  if (order.by === 'raw') return (await import('./raw-minting.ts')).prepareRaw(order)
  return (await import('./issuer-minting.ts')).prepareIssuer(order)
}

async function doOften({ work, times }: Do): Promise<{ readonly cpu: number }> {
  const once = minting[work]
  if (once === undefined) throw new Error('this minter was not started for that')
  const before = process.cpuUsage()
  let left = times
  const drive = async () => {
    while (left > 0) {
      left -= 1
      await once()
    }
  }
  await Promise.all(Array.from({ length: atOnce }, drive))
  const { user, system } = process.cpuUsage(before)
  return { cpu: (user + system) / times }
}

/** What one garbage collection finds, the next lets go: the timers of signals that are gone, for one. */
async function weigh() {
  const resident = process.memoryUsage.rss()
  for (let pass = 0; pass < 5; pass += 1) {
    globalThis.gc?.()
    await delay(10)
  }
  const { heapUsed, external } = process.memoryUsage()
  return { resident, held: heapUsed + external }
}

/** Everything is imported when it is needed, so that what it weighs can be seen. */
async function answer(message: MinterMessage): Promise<object> {
  switch (message.kind) {
    case 'load_msal':
      await Promise.all([import('@azure/msal-node'), import('undici')])
      return {}
    case 'start_minter':
      minting = await prepare(message)
      return {}
    case 'do':
      return doOften(message)
    case 'weigh':
      return weigh()
  }
}

/** Only this program's own processes send messages; a library that checks them would weigh as much as MSAL. */
function isMinterMessage(message: unknown): message is MinterMessage {
  return typeof message === 'object' && message !== null && 'kind' in message
}

serveParent((message) => {
  if (isMinterMessage(message)) return answer(message)
  throw new Error('the minter was asked what it does not know')
})

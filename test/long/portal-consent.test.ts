import t, { type Test } from 'tap'
import { members } from '../http/json-value.ts'
import { type Stage, setStage } from '../routes/stage.ts'

/** Seconds. */
const longestWait = 35
const oneMintIn = 30

const stage = await setStage(t)

const cases = [
  { id: 'absent', consentAt: 200, what: 'an application that the directory does not know' },
  { id: 'empty', before: [], consentAt: 200, what: 'an application that was given nothing' },
  // Later than this it is asked less and less often: somebody decided on less, and Entra throttles who keeps asking.
  {
    id: 'partial',
    before: ['Calendars.Read'],
    consentAt: 40,
    what: 'an application that was given something else',
  },
]

for (const { id, before, consentAt, what } of cases) {
  t.test(`consent given in the portal while callers wait: ${what}`, async (t) => {
    const directory = await stage.addTenant(id, before === undefined ? {} : { roles: before })
    const startedAt = performance.now()
    const served = await waitForToken(t, stage, { tenant: id, directory, consentAt })
    // The broker's clock goes on by itself while the test sets it forward.
    const lasted = served + (performance.now() - startedAt) / 1000
    t.comment(`a token ${served - consentAt} s after the consent`)
    t.ok(served - consentAt <= longestWait, `${served - consentAt} s after the consent`)
    const mints = await countMints(stage, directory)
    t.ok(mints <= Math.floor(lasted / oneMintIn) + 1, `${mints} mints in ${lasted} s`)
  })
}

/** Three callers ask each second, by the broker's clock. Resolves to the second in which they get a token. */
async function waitForToken(
  t: Test,
  { token, pass, entra, sandbox }: Stage,
  {
    tenant,
    directory,
    consentAt,
  }: { readonly tenant: string; readonly directory: string; readonly consentAt: number },
): Promise<number> {
  for (let second = 0; second < consentAt + 2 * longestWait; second += 1) {
    if (second === consentAt) {
      const path = `/_sandbox/directories/${directory}/consents/${sandbox.demo.clientId}`
      await entra('PUT', path, { roles: ['Calendars.Read', 'Mail.Read'] })
    }
    const replies = await Promise.all([token(tenant), token(tenant), token(tenant)])
    const statuses = new Set(replies.map(({ status }) => status))
    if (statuses.has(200)) return second
    t.strictSame([...statuses], [409])
    t.equal(replies[0].body['code'], 'consent_missing')
    await pass(1)
  }
  return Number.POSITIVE_INFINITY
}

async function countMints({ entra }: Stage, directory: string): Promise<number> {
  const { body } = await entra('GET', '/_sandbox/requests')
  return Number(members(body['by_route'])[`POST /${directory}/oauth2/v2.0/token`])
}

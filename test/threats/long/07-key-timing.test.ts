import t from 'tap'
import { digestApiKey, generateApiKey } from '../../../src/broker/api-key.ts'
import { createIdentifyCaller, isKnown } from '../../../src/broker/identify-caller.ts'
import { systemClock, systemRandom } from '../../../src/compose/platform.ts'
import { fail, ok } from '../../../src/domain/result.ts'
import { callerRecord, snapshotOf } from '../../broker/records.ts'
import { median } from '../../median.ts'

const batches = 1_000
const aBatch = 100
/** A hash that is left out is half of the work; what a busy machine does to medians is far less. */
const mostDifference = 0.15
/** One in many runs may still be disturbed all the way through. */
const attempts = 5

const keys = Array.from({ length: 200 }, () => generateApiKey(systemRandom))
const callers = keys.map((key, index) =>
  callerRecord(`caller-${index}`, {
    keys: [{ id: key.id, sha256: digestApiKey(key), createdAt: '2026-11-20T12:00:00.000Z' }],
  }),
)
const snapshot = snapshotOf({ callers })
const registry = { snapshot: () => ok(snapshot) }
const identify = createIdentifyCaller({
  registry,
  tokenVerifier: { verify: () => fail({ code: 'unauthenticated' }) },
  trustedIssuers: new Set(),
  clock: systemClock,
  bootstrapKey: generateApiKey(systemRandom),
})

/** A key that nobody has: under an id that somebody has, or under one that nobody has either. */
function headers(known: boolean): string[] {
  return Array.from({ length: aBatch }, (_, index) => {
    const made = generateApiKey(systemRandom)
    const id = known ? (keys[index % keys.length]?.id ?? '') : made.id
    return `Bearer gtb.${id}${made.text.slice('gtb.'.length + 16)}`
  })
}

/** Microseconds for each of them. */
function time(batch: readonly string[]): number {
  const startedAt = performance.now()
  let found = 0
  for (const header of batch) if (isKnown(identify, header) !== false) found += 1
  const spent = ((performance.now() - startedAt) * 1000) / batch.length
  if (found > 0) throw new Error('a key that nobody has was taken')
  return spent
}

function compare() {
  const spent: Record<'known' | 'unknown', number[]> = { known: [], unknown: [] }
  for (let batch = 0; batch < batches; batch += 1) {
    const [known, unknown] = [headers(true), headers(false)]
    // Whoever comes second finds a warmer machine, so they take turns.
    if (batch % 2 === 0) {
      spent.known.push(time(known))
      spent.unknown.push(time(unknown))
    } else {
      spent.unknown.push(time(unknown))
      spent.known.push(time(known))
    }
  }
  return { known: median(spent.known), unknown: median(spent.unknown) }
}

t.test('07 how long a refusal takes does not tell whether the id of a key exists', async (t) => {
  compare()
  let difference = Number.POSITIVE_INFINITY
  for (let attempt = 1; attempt <= attempts && difference > mostDifference; attempt += 1) {
    const { known, unknown } = compare()
    difference = Math.abs(known - unknown) / Math.min(known, unknown)
    t.comment(`known ${known.toFixed(3)} µs, unknown ${unknown.toFixed(3)} µs`)
  }
  t.ok(difference <= mostDifference, `the medians differ by ${(difference * 100).toFixed(1)} %`)
})

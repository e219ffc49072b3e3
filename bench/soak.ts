import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { Agent } from 'undici'
import { createApiClient, expectSuccess } from '../sandbox/api-client.ts'
import { startChild } from './child.ts'
import { tenantId } from './request.ts'
import { formatTable } from './rows.ts'
import { Soaked } from './soak-messages.ts'
import { readSoakOptions, type SoakOptions, usage } from './soak-options.ts'
import { describeSoak, findFaults, type Soak } from './soak-report.ts'
import { type Sample, watchProcess } from './soak-samples.ts'
import { type Stage, setStage } from './stage.ts'
import { addTenants } from './tenants.ts'

const load = { connections: 32, tenants: 50, requestsPerSecond: 200 }
/** Milliseconds between two looks at the broker's process; shorter where the run is. */
const longestInterval = 5_000
const looks = 48

const options = readSoakOptions(process.argv.slice(2))
if (options === undefined) {
  console.error(usage)
  process.exitCode = 64
} else {
  await main(options)
}

async function main(options: SoakOptions): Promise<void> {
  const folder = mkdtempSync(join(tmpdir(), 'broker-soak-'))
  try {
    const minutes = options.duration / 60_000
    console.log(
      `${minutes} min, ${load.requestsPerSecond} requests a second to ${load.tenants} tenants, tokens of ${options.lifetime} s`,
    )
    const soak = await run(folder, options)
    const rows = describeSoak(soak)
    if (options.jsonFile !== undefined) writeFileSync(options.jsonFile, `${JSON.stringify(rows, null, 2)}\n`)
    console.log(`\n${formatTable(rows)}`)
    const faults = findFaults(soak)
    for (const fault of faults) console.error(fault)
    if (faults.length > 0) process.exitCode = 1
  } finally {
    rmSync(folder, { recursive: true })
  }
}

/** The load on one side, looks at the broker and changes of its registry on the other. */
async function run(folder: string, { duration, lifetime }: SoakOptions): Promise<Soak> {
  const stage = await setStage(folder, undefined)
  stage.cloud.entra.state.changeSettings({ token_lifetime_seconds: lifetime })
  await addTenants(stage, 0, load.tenants)
  const client = startChild('soak-load.ts', undefined)
  const { port, callerKey: key } = stage
  const before = await countEntraRequests(stage)
  let refused = 0
  const interval = Math.min(longestInterval, duration / looks)
  const [soaked, samples] = await Promise.all([
    client.ask({ kind: 'soak_load', port, key, duration, ...load }, Soaked),
    watchProcess(stage.broker.pid, { duration, interval }, async (sample) => {
      console.error(describe(sample))
      if (!(await renameTenant(stage, sample))) refused += 1
    }),
  ])
  const entraRequests = (await countEntraRequests(stage)) - before
  await client.stop()
  await stage.close()
  const failures = { ...soaked.failures, ...(refused > 0 && { 'a change of the registry': refused }) }
  return { ...soaked, failures, entraRequests, samples, warmUp: duration / 4 }
}

function describe({ at, resident, descriptors }: Sample): string {
  return `${Math.round(at / 1000)} s: ${(resident / 1e6).toFixed(1)} MB, ${descriptors} descriptors`
}

/** A change of the registry, so that its snapshot and the audit of changes are used as well; whether it was made. */
async function renameTenant({ operator }: Stage, { at }: Sample): Promise<boolean> {
  const path = `/tenants/${tenantId(0)}`
  const { headers } = await operator('GET', path)
  const change = { display_name: `Tenant at ${at}` }
  const { status } = await operator('PATCH', path, change, { 'if-match': String(headers['etag']) })
  return status === 200
}

async function countEntraRequests({ cloud }: Stage): Promise<number> {
  const dispatcher = new Agent({ connect: { ca: cloud.certificatePem } })
  const entra = createApiClient({ origin: cloud.entra.origin, dispatcher })
  const { total } = await expectSuccess(entra('GET', '/_sandbox/requests'))
  await dispatcher.close()
  return Number(total)
}

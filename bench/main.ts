import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { cpus, release, tmpdir, totalmem, type } from 'node:os'
import { join } from 'node:path'
import { benchHerds, benchReplicas } from './herd.ts'
import { benchHits } from './hit.ts'
import { benchMints } from './mint.ts'
import { type Options, type PartName, readOptions, usage } from './options.ts'
import { formatTable, type Row } from './rows.ts'
import { benchStart } from './start.ts'

const options = readOptions(process.argv.slice(2))
if (options === undefined) {
  console.error(usage)
  process.exitCode = 64
} else {
  await main(options)
}

async function main({ jsonFile, ...options }: Options): Promise<void> {
  const folder = mkdtempSync(join(tmpdir(), 'broker-bench-'))
  try {
    console.log(describeRun(options))
    const rows: Row[] = []
    for (const part of options.parts) rows.push(...(await benchPart(part, folder, options)))
    if (jsonFile !== undefined) writeFileSync(jsonFile, `${JSON.stringify(rows, null, 2)}\n`)
    console.log(`\n${formatTable(rows)}`)
  } finally {
    rmSync(folder, { recursive: true })
  }
}

async function benchPart(part: PartName, folder: string, options: Options): Promise<Row[]> {
  switch (part) {
    case 'hit':
      return benchHits(subfolder(folder, 'hit'), options)
    case 'herd':
      return [
        ...(await benchHerds(subfolder(folder, 'herd'), options)),
        ...(await benchReplicas(subfolder(folder, 'replicas'), options)),
      ]
    case 'mint':
      return benchMints(options)
    case 'start':
      return benchStart(subfolder(folder, 'start'), options)
  }
}

function subfolder(folder: string, name: string): string {
  const path = join(folder, name)
  mkdirSync(path, { mode: 0o700 })
  return path
}

function describeRun({ rounds, duration, tenants, cores }: Options): string {
  const [cpu] = cpus()
  const pinning =
    cores === undefined
      ? 'processes not pinned (no taskset, or one core): ratios will vary more'
      : `servers on core ${cores.server}, client on core ${cores.client}`
  return `${new Date().toISOString()}
${cpu?.model.trim() ?? 'unknown CPU'}, ${cpus().length} cores, ${Math.round(totalmem() / 2 ** 30)} GB; ${type()} ${release()}; Node ${process.versions.node}
${pinning}; ${rounds} rounds of ${duration / 1000} s, medians; ${tenants.join(', ')} tenants
Hits: each tenant is registered and its token minted before the requests that are measured.`
}

import { existsSync, readdirSync, readFileSync } from 'node:fs'

/** Bytes of memory that a process occupies; undefined where the system does not tell as Linux does. */
export function readResident(pid: number | undefined): number | undefined {
  const file = `/proc/${pid}/status`
  const kilobytes = existsSync(file)
    ? /^VmRSS:\s+(\d+) kB$/m.exec(readFileSync(file, 'utf8'))?.[1]
    : undefined
  return kilobytes === undefined ? undefined : Number(kilobytes) * 1024
}

/** Files and sockets that a process has open; undefined where the system does not tell as Linux does. */
export function countDescriptors(pid: number | undefined): number | undefined {
  const folder = `/proc/${pid}/fd`
  return existsSync(folder) ? readdirSync(folder).length : undefined
}

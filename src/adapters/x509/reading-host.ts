import { extname } from 'node:path'
import { Worker } from 'node:worker_threads'
import type { PublicCertificate } from '../../domain/credential.ts'
import type { CredentialFailure } from '../../domain/failure.ts'
import type { Result } from '../../domain/result.ts'
import type { ReadingTask } from './reading-task.ts'
import { refuse } from './refusal.ts'

export interface ReadingOptions {
  /** From arrival to the answer, with the wait for a free thread. */
  readonly deadlineMilliseconds: number
  readonly startWorker: (task: ReadingTask) => Worker
}

export type ReadAway = <Read extends PublicCertificate>(
  task: ReadingTask,
) => Promise<Result<Read, CredentialFailure>>

/** More would take the cores from those who want tokens. */
const mostWorkers = 2

/**
 * Reads each task in a thread of its own, so that what one leaves behind never meets another. A thread counts
 * until it is gone and not until it is told to go: one inside OpenSSL goes only when OpenSSL returns.
 */
export function createReadingHost(options: Partial<ReadingOptions>): ReadAway {
  const { deadlineMilliseconds = 5000, startWorker = startReadingWorker } = options
  const places = createPlaces(mostWorkers)
  return <Read extends PublicCertificate>(task: ReadingTask) =>
    new Promise<Result<Read, CredentialFailure>>((resolve) => {
      let worker: Worker | undefined
      const settle = (answer: Result<Read, CredentialFailure>) => {
        clearTimeout(deadline)
        places.forget(start)
        resolve(answer)
        void worker?.terminate()
      }
      const start = () => {
        worker = startOrUndefined(startWorker, task)
        worker?.on('message', settle)
        // Out of memory, for one. The exit comes after it.
        worker?.on('error', () => settle(refuseDead()))
        worker?.once('exit', () => {
          settle(refuseDead())
          places.leave()
        })
        if (worker !== undefined) return
        settle(refuseDead())
        queueMicrotask(places.leave)
      }
      const deadline = setTimeout(() => settle(refuseSlow()), deadlineMilliseconds)
      places.enter(start)
    })
}

/** Who finds no place waits for one, in the order of arrival. */
function createPlaces(most: number) {
  const waiting = new Set<() => void>()
  let taken = 0
  const startNext = () => {
    const [start] = waiting
    if (start === undefined || taken >= most) return
    waiting.delete(start)
    taken += 1
    start()
  }
  return {
    enter: (start: () => void) => {
      waiting.add(start)
      startNext()
    },
    forget: (start: () => void) => waiting.delete(start),
    leave: () => {
      taken -= 1
      startNext()
    },
  }
}

/** The system may have no thread to give. */
function startOrUndefined(startWorker: ReadingOptions['startWorker'], task: ReadingTask): Worker | undefined {
  try {
    return startWorker(task)
  } catch {
    return undefined
  }
}

/** Beside this file, as source or compiled. It inherits no environment, which has secrets, and no flags. */
function startReadingWorker(task: ReadingTask): Worker {
  return new Worker(new URL(`./reading-worker${extname(import.meta.url)}`, import.meta.url), {
    workerData: task,
    env: {},
    execArgv: ['--disable-warning=ExperimentalWarning'],
    resourceLimits: { maxOldGenerationSizeMb: 64, maxYoungGenerationSizeMb: 16 },
  })
}

function refuseSlow(): Result<never, CredentialFailure> {
  return refuse(
    'It takes too long to read.',
    'Try again: the broker may be busy. If it stays so, decrypt it first and send it as PEM: ' +
      'openssl pkcs12 -in file.pfx -nodes -out file.pem, or openssl pkey -in key.pem -out plain.pem',
  )
}

function refuseDead(): Result<never, CredentialFailure> {
  return refuse(
    'It cannot be read: reading it was given up.',
    'Try again. If it stays so, send it as PEM, unencrypted and with nothing else in it: ' +
      'openssl pkcs12 -in file.pfx -nodes -out file.pem',
  )
}

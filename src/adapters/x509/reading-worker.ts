import { parentPort, workerData } from 'node:worker_threads'
import { readCertificate, readMaterial } from './read-material.ts'
import type { ReadingTask } from './reading-task.ts'

const task: ReadingTask = workerData

parentPort?.postMessage(
  task.kind === 'material'
    ? readMaterial(task.material, task.circumstances)
    : readCertificate(task.pem, task.now),
)

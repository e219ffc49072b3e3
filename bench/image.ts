import { execFile } from 'node:child_process'
import { readFileSync, symlinkSync } from 'node:fs'
import { join, resolve } from 'node:path'
import { promisify } from 'node:util'
import Type from 'typebox'
import { isA } from './messages.ts'

const root = resolve(import.meta.dirname, '..')

/** What the image starts `node` with: flags, and the server in a folder that `buildImage` filled. */
export const imageCommand: readonly string[] = readCommand()

/** Those of Node itself. */
export const imageFlags = imageCommand.filter((argument) => argument.startsWith('--'))

function readCommand(): readonly string[] {
  const [, json = ''] = /^CMD (.*)$/m.exec(readFileSync(join(root, 'Dockerfile'), 'utf8')) ?? []
  const command: unknown = JSON.parse(json)
  if (!isA(Type.Array(Type.String()), command) || command[0] !== 'node')
    throw new Error('The Dockerfile starts something else than node.')
  return command.slice(1)
}

/** What `npm run build` makes, with the packages where the image has them. */
export async function buildImage(folder: string): Promise<void> {
  symlinkSync(join(root, 'node_modules'), join(folder, 'node_modules'))
  const compiler = join(root, 'node_modules/typescript/lib/tsc.js')
  const options = ['-p', join(root, 'tsconfig.build.json'), '--outDir', join(folder, 'dist')]
  await promisify(execFile)(process.execPath, [compiler, ...options])
}

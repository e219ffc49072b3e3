import { spawn } from 'node:child_process'
import { mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join, resolve } from 'node:path'
import type { Test } from 'tap'
import type { Running } from './fixture.ts'

const root = resolve(import.meta.dirname, '..')
const done = '--- done ---'

export interface Terminal {
  /** An empty folder, that the commands run in. */
  readonly folder: string
  /** What a block prints. Rejects, with what it complained of, as soon as one of its commands fails. */
  run(code: string): Promise<string>
}

/** A person's terminal: what one block sets, the next one has. */
export function openTerminal(t: Test, { sandbox, folder: state }: Running): Terminal {
  const folder = mkdtempSync(join(tmpdir(), 'terminal-'))
  const bash = spawn('bash', ['-euo', 'pipefail'], { cwd: folder, stdio: 'pipe' })
  let errors = ''
  bash.stderr.on('data', (chunk: Buffer) => {
    errors += chunk.toString('utf8')
  })
  bash.stdout.setEncoding('utf8')
  t.teardown(() => {
    bash.kill()
    rmSync(folder, { recursive: true })
  })
  return {
    folder,
    async run(code) {
      const adapted = code
        .replaceAll('http://127.0.0.1:8080', sandbox.broker.origin)
        .replaceAll('./.sandbox/', `${state}/`)
      bash.stdin.write(`{\n${adapted}\n} </dev/null\nprintf '\\n%s\\n' '${done}'\n`)
      let printed = ''
      for await (const chunk of bash.stdout.iterator({ destroyOnReturn: false })) {
        printed += String(chunk)
        const [before, after] = printed.split(`\n${done}\n`)
        if (after !== undefined) return before ?? ''
      }
      throw new Error(`A command failed:\n${code}\n${errors}`)
    },
  }
}

/** The commands of a page, by the heading that they stand under. */
export interface Commands {
  /** The next block under this heading; one that was taken is not taken again. */
  take(heading: string): string
  /** What stands in the first column of the table under this heading, as code. */
  rows(heading: string): readonly string[]
  /** What stands as code in the first two columns of the table under this heading, row by row. */
  cells(heading: string): readonly (readonly (readonly string[])[])[]
  /** What was not taken. */
  readonly left: readonly string[]
}

export function readCommands(page: string): Commands {
  const sections = readFileSync(join(root, page), 'utf8').split(/^##+ /m)
  const blocks = sections.flatMap((section) =>
    [...section.matchAll(/^```sh\n([\s\S]*?)^```/gm)].map(([, code = '']) => ({
      heading: section.slice(0, section.indexOf('\n')),
      code,
    })),
  )
  const sectionOf = (heading: string) => sections.find((one) => one.startsWith(`${heading}\n`)) ?? ''
  const codeOf = ([, code = '']: RegExpMatchArray) => code
  return {
    take(heading) {
      const index = blocks.findIndex((block) => block.heading === heading)
      const [block] = index < 0 ? [] : blocks.splice(index, 1)
      if (block === undefined) throw new Error(`There is no command left under "${heading}".`)
      return block.code
    },
    cells(heading) {
      const rows = sectionOf(heading).matchAll(/^\| (`.+?) \| (.+?) \|/gm)
      return [...rows].map(([, ...cells]) =>
        cells.map((cell) => [...cell.matchAll(/`([^`]+)`/g)].map(codeOf)),
      )
    },
    rows(heading) {
      return [...sectionOf(heading).matchAll(/^\| `([^`]+)`/gm)].map(codeOf)
    },
    get left() {
      return blocks.map(({ code }) => code)
    },
  }
}

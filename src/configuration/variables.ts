export type Environment = Readonly<Record<string, string | undefined>>
/** Reads a file as text; throws if it cannot. */
export type ReadFile = (path: string) => string

/** Environment variables, and what is wrong with them. Values are never repeated: some are secrets. */
export class Variables {
  readonly faults: string[] = []
  readonly #env: Environment
  readonly #readFile: ReadFile

  constructor(env: Environment, readFile: ReadFile) {
    this.#env = env
    this.#readFile = readFile
  }

  fault(text: string): void {
    this.faults.push(text)
  }

  read<T>(name: string, parse: (text: string) => T | undefined, expected: string): T | undefined {
    const text = this.#env[name]
    if (text === undefined || text === '') return undefined
    const value = parse(text)
    if (value === undefined) this.fault(`${name} must be ${expected}.`)
    return value
  }

  has(name: string): boolean {
    return Boolean(this.#env[name])
  }

  required<T>(name: string, parse: (text: string) => T | undefined, expected: string): T | undefined {
    if (!this.#env[name]) this.fault(`${name} is missing: set it to ${expected}.`)
    return this.read(name, parse, expected)
  }

  file<T>(name: string, parse: (text: string) => T | undefined, expected: string): T | undefined {
    const path = this.#env[name]
    return path ? this.contents(name, path, parse, expected) : undefined
  }

  /** What the file at `path` holds; `name` is where the path was said. */
  contents<T>(
    name: string,
    path: string,
    parse: (text: string) => T | undefined,
    expected: string,
  ): T | undefined {
    const text = this.#read(name, path)
    if (text === undefined) return undefined
    const value = parse(text)
    if (value === undefined) this.fault(`The file that ${name} names must hold ${expected}.`)
    return value
  }

  requiredFile<T>(name: string, parse: (text: string) => T | undefined, expected: string): T | undefined {
    if (!this.#env[name]) this.fault(`${name} is missing: set it to a file that holds ${expected}.`)
    return this.file(name, parse, expected)
  }

  integer(name: string, fallback: number, least: number, most: number): number {
    const parse = (text: string) => {
      const number = /^\d{1,10}$/.test(text) ? Number(text) : Number.NaN
      return number >= least && number <= most ? number : undefined
    }
    return this.read(name, parse, `a whole number from ${least} to ${most}`) ?? fallback
  }

  /** The first word is the default. */
  word<const Word extends string>(name: string, words: readonly [Word, ...Word[]]): Word {
    const parse = (text: string) => words.find((word) => word === text)
    return this.read(name, parse, `one of ${words.join(', ')}`) ?? words[0]
  }

  #read(name: string, path: string): string | undefined {
    try {
      return this.#readFile(path)
    } catch {
      this.fault(`The file that ${name} names cannot be read.`)
      return undefined
    }
  }
}

/** One entry a line: small, and a change to one permission is a change to one line. */
export function format(file: object): string {
  const members = Object.entries(file).map(([name, value]) => {
    const isFilled = Array.isArray(value) && value.length > 0
    const lines = isFilled ? value.map((entry) => `    ${JSON.stringify(entry)}`) : undefined
    return `  "${name}": ${lines === undefined ? JSON.stringify(value) : `[\n${lines.join(',\n')}\n  ]`}`
  })
  return `{\n${members.join(',\n')}\n}\n`
}

/** The entries of a formatted file, by a name that tells a reader which one is meant. */
function entriesOf(text: string): Map<string, string> {
  const entries = new Map<string, string>()
  let member = ''
  for (const line of text.split('\n')) {
    const [, name, value] = /^ {2}"([\w-]+)": (.*?),?$/.exec(line) ?? []
    if (name !== undefined && value !== undefined) {
      member = name
      if (value !== '[') entries.set(member, value)
    } else if (line.startsWith('    ')) {
      const entry = line.trim().replace(/,$/, '')
      entries.set(`${member} ${nameOf(entry)}`, entry)
    }
  }
  return entries
}

function nameOf(entry: string): string {
  const [, first, covers] = /"(?:scope|value|granted)":"([^"]+)"(?:,"covers":"([^"]+)")?/.exec(entry) ?? []
  return first === undefined ? entry : [first, covers].filter((part) => part !== undefined).join(' > ')
}

/** What is different between the file that the tables give and the one that is there; empty where nothing is. */
export function describeDrift(built: string, present: string): string[] {
  if (built === present) return []
  const [want, have] = [entriesOf(built), entriesOf(present)]
  const drift = [
    ...[...want].flatMap(([name, entry]) => {
      const found = have.get(name)
      if (found === entry) return []
      return [found === undefined ? `${name} is missing` : `${name} differs`]
    }),
    ...[...have.keys()].filter((name) => !want.has(name)).map((name) => `${name} is not in the tables`),
  ]
  return drift.length > 0 ? drift : ['order or layout differs']
}

/** Which family of objects a message speaks of; Key Vault words both alike. */
export type Noun = 'Secret' | 'Key'

type Conflict = 'ObjectIsDeletedButRecoverable' | 'ObjectIsBeingDeleted' | 'ObjectIsBeingRecovered'

/** An error that Key Vault itself would answer with, in its own words. */
export class Refusal extends Error {
  readonly status: number
  readonly code: string
  readonly innerCode: string | undefined

  constructor(status: number, code: string, message: string, innerCode?: string) {
    super(message)
    this.status = status
    this.code = code
    this.innerCode = innerCode
  }
}

export function badParameter(message: string): Refusal {
  return new Refusal(400, 'BadParameter', message)
}

/** `id` is `name` or `name/version`, as the caller wrote it. */
export function notFound(noun: Noun, id: string): Refusal {
  const what = noun.toLowerCase()
  return new Refusal(
    404,
    `${noun}NotFound`,
    `A ${what} with (name/id) ${id} was not found in this key vault. If you recently deleted this ${what} ` +
      'you may be able to recover it using the correct recovery command. For help resolving this issue, ' +
      'please see https://go.microsoft.com/fwlink/?linkid=2125182',
  )
}

export function deletedNotFound(noun: Noun, name: string): Refusal {
  return new Refusal(404, `${noun}NotFound`, `Deleted ${noun} not found: ${name}`)
}

export function disabled(noun: Noun, operation: string): Refusal {
  const message = `Operation ${operation} is not allowed on a disabled ${noun.toLowerCase()}.`
  return new Refusal(403, 'Forbidden', message, `${noun}Disabled`)
}

export function unauthorized(message: string): Refusal {
  return new Refusal(401, 'Unauthorized', message)
}

export function conflict(message: string, innerCode?: Conflict): Refusal {
  return new Refusal(409, 'Conflict', message, innerCode)
}

export function nameIsDeleted(noun: Noun, name: string): Refusal {
  return conflict(
    `${noun} ${name} is currently in a deleted but recoverable state, and its name cannot be reused; ` +
      `in this state, the ${noun.toLowerCase()} can only be recovered or purged.`,
    'ObjectIsDeletedButRecoverable',
  )
}

/** The name cannot be taken while the vault is still busy with its former owner. */
export function nameIsBusy(noun: Noun, name: string, doing: 'deleted' | 'recovered'): Refusal {
  return conflict(
    `${noun} ${name} is currently being ${doing} and cannot be re-created; retry later.`,
    doing === 'deleted' ? 'ObjectIsBeingDeleted' : 'ObjectIsBeingRecovered',
  )
}

export function objectIsBusy(noun: Noun, doing: 'deleted' | 'recovered'): Refusal {
  return conflict(
    `${noun} is currently being ${doing}.`,
    doing === 'deleted' ? 'ObjectIsBeingDeleted' : 'ObjectIsBeingRecovered',
  )
}

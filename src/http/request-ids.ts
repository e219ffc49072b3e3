import { flat } from '../domain/flat.ts'

const endings = Array.from({ length: 4096 }, (_, number) => number.toString(16).padStart(3, '0'))
const endingLength = 3

/**
 * UUIDs for requests: unique among all replicas, in the form that `instance` of a problem has (RFC 9562). They are no
 * secrets, so those of 4,096 requests differ in their ends alone: to draw and to write each anew costs twenty times as
 * much. `uuid`: a random one.
 */
export function createRequestIds(uuid: () => string): () => string {
  let beginning = ''
  let next = endings.length
  return () => {
    if (next === endings.length) {
      beginning = flat`${uuid().slice(0, -endingLength)}`
      next = 0
    }
    const id = `${beginning}${endings[next]}`
    next += 1
    return id
  }
}

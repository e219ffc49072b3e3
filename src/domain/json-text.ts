/** A value as JSON, with these characters escaped too, which JSON leaves as they are. `unsafe` is global. */
export function jsonText(value: unknown, unsafe: RegExp): string {
  return JSON.stringify(value).replace(
    unsafe,
    (character) => `\\u${character.charCodeAt(0).toString(16).padStart(4, '0')}`,
  )
}

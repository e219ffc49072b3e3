/** A word that a column may hold. Anything else means the file was changed by hand or by a newer release. */
export function oneOf<const Word extends string>(words: readonly Word[], text: string): Word {
  const word = words.find((known) => known === text)
  if (word === undefined)
    throw new Error(`the registry holds an unknown word, one of ${words.join(', ')} expected`)
  return word
}

export function optional<Key extends string, Value>(key: Key, value: Value | null): { [K in Key]?: Value } {
  return value === null ? {} : ({ [key]: value } as { [K in Key]: Value })
}

/** A column that is empty for some kinds of row and never for this one. */
export function present<Value>(value: Value | null): Value {
  if (value === null) throw new Error('the registry lacks a value that this kind of row always has')
  return value
}

export const languages = ['en', 'de'] as const
export type Language = (typeof languages)[number]

interface Range {
  readonly tag: string
  readonly quality: number
  /** Where it stands in the header. */
  readonly place: number
}

/**
 * The language that the reader's browser asks for (RFC 9110 §12.5.4), English where it asks for none that there
 * is. `de-AT` is served German, as look-up does (RFC 4647 §3.4). Of equals the one named first wins.
 */
export function chooseLanguage(acceptLanguage: string | undefined): Language {
  const ranges = (acceptLanguage ?? '').split(',').flatMap(readRange)
  const [best] = languages
    .map((language) => ({ language, ...judge(language, ranges) }))
    .filter(({ quality }) => quality > 0)
    .sort((a, b) => b.quality - a.quality || a.place - b.place)
  return best?.language ?? 'en'
}

const rangePattern =
  /^\s*(\*|[a-z]{1,8}(?:-[a-z0-9]{1,8})*)\s*(?:;\s*q=(0(?:\.\d{0,3})?|1(?:\.0{0,3})?)\s*)?$/i

/** What is not a range of RFC 4647 §2.1, with a weight of RFC 9110 §12.4.2, counts as not written. */
function readRange(text: string, place: number): Range[] {
  const [, tag, quality = '1'] = rangePattern.exec(text) ?? []
  return tag === undefined ? [] : [{ tag: tag.toLowerCase(), quality: Number(quality), place }]
}

/** `de;q=0` excludes German whatever else is written; `de-AT;q=0` only that kind, which is not served. */
function judge(language: Language, ranges: readonly Range[]): { quality: number; place: number } {
  const named = ranges.filter(({ tag }) => tag === language || tag.startsWith(`${language}-`))
  if (named.some(({ tag, quality }) => tag === language && quality === 0)) return { quality: 0, place: 0 }
  const [best] = named.filter(({ quality }) => quality > 0).sort((a, b) => b.quality - a.quality)
  if (best !== undefined) return best
  // `*` stands for what no other range names, and after what is named.
  const rest = ranges.find(({ tag }) => tag === '*')
  return { quality: rest?.quality ?? 0, place: ranges.length }
}

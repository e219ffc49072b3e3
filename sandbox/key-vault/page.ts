import { badParameter } from './refusal.ts'

/** A row without an item is one that the scan passes over: it shortens the page. */
export type Row<Item> = { readonly key: string; readonly item: Item | undefined }

export type Page<Item> = { readonly items: Item[]; readonly nextKey: string | undefined }

/** The most that Key Vault puts on a page, and what it does when not asked for less. */
const maximum = 25

/** `rows` are sorted by key; `fromKey` need not exist any more. */
export function cutPage<Item>(
  rows: readonly Row<Item>[],
  size: number,
  fromKey: string | undefined,
): Page<Item> {
  const found = fromKey === undefined ? 0 : rows.findIndex((row) => row.key >= fromKey)
  const start = found === -1 ? rows.length : found
  const items = rows.slice(start, start + size).flatMap((row) => (row.item === undefined ? [] : [row.item]))
  return { items, nextKey: rows[start + size]?.key }
}

export function readPageSize(text: string | undefined): number {
  if (text === undefined) return maximum
  const size = /^\d{1,3}$/.test(text) ? Number(text) : 0
  if (size < 1 || size > maximum) throw badParameter(`The maxresults value must be between 1 and ${maximum}.`)
  return size
}

/** The table row after which nothing else of the same key can come: a constant in the service's own tokens. */
const endOfKey = '000028!9999-12-31T23:59:59.9999999Z!'

/** Made as the service makes its own, so that a recorded token is understood here. */
export function encodeSkipToken(key: string): string {
  const row = Buffer.from(`${String(key.length).padStart(6, '0')}!${key}!${endOfKey}`).toString('base64url')
  const marker = { NextMarker: `2!${row.length}!${row}`, TargetLocation: 0 }
  return Buffer.from(JSON.stringify(marker)).toString('base64url')
}

/** `scope` is the prefix of the listing's keys: a token is good for the listing that gave it alone. */
export function decodeSkipToken(token: string | undefined, scope: string): string | undefined {
  if (token === undefined) return undefined
  const marker = /"NextMarker":"2!\d+!([\w-]+)"/.exec(Buffer.from(token, 'base64url').toString())
  const row = Buffer.from(marker?.[1] ?? '', 'base64url').toString()
  const key = /^\d{6}!([^!]+)!/.exec(row)?.[1]
  if (!key?.startsWith(scope)) throw badParameter('The $skiptoken value is invalid.')
  return key
}

import type { Kysely } from 'kysely'
import type { ChangeQuery, RecordedChange } from '../../broker/ports.ts'
import type { Database } from './database.ts'

/** Recorded changes, newest first. */
export async function readRecordedChanges(
  db: Kysely<Database>,
  query: ChangeQuery,
): Promise<RecordedChange[]> {
  const { actor, target, since, until, before } = query
  let rows = db.selectFrom('audit_change').selectAll()
  if (actor !== undefined) rows = rows.where('actor', '=', actor)
  if (since !== undefined) rows = rows.where('at', '>=', since)
  if (until !== undefined) rows = rows.where('at', '<', until)
  if (target !== undefined) {
    // A range instead of LIKE: ids may hold nothing that a pattern would read, and an index serves it.
    rows = rows.where((where) =>
      where.or([
        where('target', '=', target),
        where.and([where('target', '>=', `${target}/`), where('target', '<', `${target}0`)]),
      ]),
    )
  }
  if (before !== undefined) {
    rows = rows.where((where) =>
      where.or([
        where('revision', '<', before.revision),
        where.and([where('revision', '=', before.revision), where('position', '<', before.position)]),
      ]),
    )
  }
  const found = await rows
    .orderBy('revision', 'desc')
    .orderBy('position', 'desc')
    .limit(query.limit)
    .execute()
  return found.map(({ before: was, after, request_id: requestId, ...row }) => ({
    ...row,
    requestId,
    ...(was !== null && { before: JSON.parse(was) }),
    ...(after !== null && { after: JSON.parse(after) }),
  }))
}

import type { Scope } from '../../core/model/scope.ts'
import type { Loss } from '../../core/model/plan.ts'
import type { WatchedSet } from '../../core/model/state.ts'
import type { Db, Tx } from '../pool.ts'
import { columnsOfSet } from '../watched-set.ts'

/** Notes who loses what, for the guard's rolling window. */
export async function recordLosses(
  tx: Tx,
  { scope, losses, at }: { readonly scope: Scope; readonly losses: readonly Loss[]; readonly at: Date },
): Promise<void> {
  if (losses.length === 0) return
  const rows = losses.map(({ set, user }) => ({
    ...{ kind: set.kind, user },
    ...columnsOfSet(set),
  }))
  await tx.query(
    `insert into loss (scope, kind, vo, name, person_id, at)
     select distinct $1, x.kind, x.vo, x.name, p.id, $2::timestamptz
     from json_to_recordset($3::json) as x(kind text, vo text, name text, "user" integer)
     join person p on p.id = x."user"
     on conflict (kind, vo, name, person_id) do update set scope = excluded.scope, at = excluded.at`,
    [scope, at, JSON.stringify(rows)],
  )
}

/** Forgets what sets have lost in these scopes: it was approved, and does not count again. */
export async function forgetApproved(
  tx: Tx,
  { scopes, sets }: { readonly scopes: readonly Scope[]; readonly sets: readonly WatchedSet[] },
): Promise<void> {
  const columns = sets.map(columnsOfSet)
  await tx.query(
    `delete from loss l using unnest($2::text[], $3::text[], $4::text[]) as s(kind, vo, name)
     where l.scope = any($1) and (l.kind, l.vo, l.name) = (s.kind, s.vo, s.name)`,
    [scopes, sets.map(({ kind }) => kind), columns.map(({ vo }) => vo), columns.map(({ name }) => name)],
  )
}

/** Forgets the losses that lie before the guard's window. */
export async function dropOldLosses(db: Db, { before }: { readonly before: Date }): Promise<number> {
  const { rowCount } = await db.query('delete from loss where at < $1', [before])
  return rowCount ?? 0
}

/** Forgets the losses of those who have access again. */
export async function forgetRestored(tx: Tx): Promise<void> {
  // Most of the time nobody has lost anything, and planning the check takes longer than a small change itself.
  const { rowCount } = await tx.query('select 1 from loss limit 1')
  if (rowCount === 0) return
  await tx.query(
    `delete from loss l where case l.kind
       when 'vo' then exists (
         select 1 from member m join vo on vo.id = m.vo_id
         where vo.name = l.name and m.person_id = l.person_id and m.status = 'VALID')
       when 'group' then exists (
         select 1 from vo
         join groups g on g.vo_id = vo.id and g.name = l.name
         join closure c on c.above = g.id
         join membership m on m.group_id = c.below and m.person_id = l.person_id and m.status = 'VALID'
         join member mb on (mb.vo_id, mb.person_id) = (vo.id, l.person_id) and mb.status = 'VALID'
         where vo.name = l.vo)
       when 'resource' then exists (
         select 1 from vo
         join resource r on r.vo_id = vo.id and r.name = l.name
         join access a on a.resource_id = r.id and a.person_id = l.person_id and a.status = 'VALID' and not a.is_banned
         where vo.name = l.vo)
       when 'source' then exists (
         select 1 from membership m
         join member mb on (mb.vo_id, mb.person_id) = (m.vo_id, m.person_id) and mb.status = 'VALID'
         where m.person_id = l.person_id and m.status = 'VALID' and m.origin = 'sync' and m.origin_name = l.name)
       else exists (
         select 1 from facility f
         join access a on a.facility_id = f.id and a.person_id = l.person_id and a.status = 'VALID' and not a.is_banned
         where f.name = l.name)
     end`,
  )
}

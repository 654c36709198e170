import type { Tx } from '../../pool.ts'
import type { SyncedSet } from './find-set.ts'
import { namedAtMost, type Skips } from './skips.ts'

/**
 * Fills `sync_place` with what a run may fill: the VO or group itself, or also every group below the base of one that is spread
 * over groups, by the names that subjects have for them: a path below the base, or else the key by which a source keeps it there. Notes for each whether the source has authority over the VO.
 */
export async function findPlaces(tx: Tx, set: SyncedSet): Promise<void> {
  const { base, sync, group } = set
  if (base === undefined) {
    await tx.query(`insert into sync_place (name, group_id, sync_id) values ('', $1, $2)`, [group?.id ?? null, sync])
    return
  }
  const parameters = [set.vo.id, set.source, base, set.authoritative]
  await tx.query(
    `insert into sync (vo_id, group_id, source, authoritative)
     select $1, g.id, $2, $4 from groups g
     where g.vo_id = $1 and starts_with(g.name, $3 || ':') and not exists (
       select from sync s where (s.vo_id, s.group_id, s.source, s.kind, s.authoritative) = ($1, g.id, $2, 'members', $4))
     on conflict (vo_id, group_id, source, kind) do update set authoritative = excluded.authoritative`,
    parameters,
  )
  await tx.query(
    `insert into sync_place (name, group_id, sync_id)
     with place as materialized (
       select substr(g.name, length($3) + 2) as name, g.id as group_id, s.id as sync_id
       from groups g join sync s on (s.vo_id, s.group_id, s.source, s.kind) = ($1, g.id, $2, 'members')
       where g.vo_id = $1 and starts_with(g.name, $3 || ':')
     )
     select '', null, $4::integer
     union all
     table place
     union all
     select k.key, p.group_id, p.sync_id
     from place p
     join sourced_group k on k.group_id = p.group_id
     join groups b on b.id = k.base_id and (b.vo_id, b.name) = ($1, $3)
     where k.key not in (select name from place)`,
    [set.vo.id, set.source, base, sync],
  )
}

/** Reports groups that subjects name and that are not there: nobody comes into them. */
export async function skipUnknownGroups(tx: Tx, { base }: SyncedSet, skips: Skips): Promise<void> {
  if (base === undefined) return
  const { rows } = await tx.query<{ name: string; count: number }>(
    `select u.name, sum(count(*)) over ()::integer as count
     from sync_subject s cross join lateral unnest(s.groups) as u(name)
     where not exists (select from sync_place p where p.name = u.name)
     group by 1 order by 1 limit $1`,
    [namedAtMost],
  )
  const names = rows.map(({ name }) => `${base}:${name}`)
  skips.add('group-unknown', rows[0]?.count ?? 0, names)
}

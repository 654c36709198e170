import type { Tx } from '../pool.ts'

/** Derives groups, services and tags of resources from their documents, as differences. */
export async function writeResourceParts(tx: Tx, ids: readonly number[], asOf: Date): Promise<void> {
  if (ids.length === 0) return
  await writeResourceGroups(tx, ids, asOf)
  await tx.query(
    `with wanted as materialized (
       select r.id as resource_id, s.id as service_id
       from resource r
       cross join lateral jsonb_array_elements_text(coalesce(r.spec->'services', '[]')) as n(name)
       join service s on s.name = n.name
       where r.id = any($1)
     ), gone as (
       delete from resource_service rs
       where rs.resource_id = any($1)
         and (rs.resource_id, rs.service_id) not in (select resource_id, service_id from wanted)
     )
     insert into resource_service (resource_id, service_id) select distinct resource_id, service_id from wanted
     on conflict do nothing`,
    [ids],
  )
  await tx.query(
    `with wanted as materialized (
       select r.id as resource_id, n.tag
       from resource r
       cross join lateral jsonb_array_elements_text(coalesce(r.spec->'tags', '[]')) as n(tag)
       where r.id = any($1)
     ), gone as (
       delete from resource_tag t
       where t.resource_id = any($1) and (t.resource_id, t.tag) not in (select resource_id, tag from wanted)
     )
     insert into resource_tag (resource_id, tag) select distinct resource_id, tag from wanted on conflict do nothing`,
    [ids],
  )
}

/** Ends the assignments of resources that are about to be deleted. */
export async function endResourceGroups(tx: Tx, ids: readonly number[], asOf: Date): Promise<void> {
  await tx.query(
    `with gone as (delete from resource_group where resource_id = any($1) returning *)
     insert into resource_group_past (resource_id, group_id, subgroups, began, ended)
     select resource_id, group_id, subgroups, since, $2 from gone`,
    [ids, asOf],
  )
}

/** Ends the assignments of groups and of whole VOs that are about to be deleted: another VO's resource may name them until its own step. */
export async function endAssignments(
  tx: Tx,
  { groups, vos, at }: { readonly groups: readonly number[]; readonly vos: readonly number[]; readonly at: Date },
): Promise<void> {
  if (groups.length + vos.length === 0) return
  await tx.query(
    `with gone as (
       delete from resource_group rg using groups g
       where g.id = rg.group_id and (g.id = any($1) or g.vo_id = any($2))
       returning rg.*
     )
     insert into resource_group_past (resource_id, group_id, subgroups, began, ended)
     select resource_id, group_id, subgroups, since, $3 from gone`,
    [groups, vos, at],
  )
}

async function writeResourceGroups(tx: Tx, ids: readonly number[], asOf: Date): Promise<void> {
  await tx.query(
    `with gone as (
       delete from resource_group rg
       where rg.resource_id = any($1) and not exists (
         select 1 from declared_assignment d
         where (d.resource_id, d.group_id, d.subgroups) = (rg.resource_id, rg.group_id, rg.subgroups))
       returning *
     )
     insert into resource_group_past (resource_id, group_id, subgroups, began, ended)
     select resource_id, group_id, subgroups, since, $2 from gone`,
    [ids, asOf],
  )
  // A second statement: a changed assignment has the same key as the one that just ended.
  await tx.query(
    `insert into resource_group (resource_id, group_id, subgroups, since)
     select resource_id, group_id, subgroups, $2 from declared_assignment where resource_id = any($1)
     on conflict do nothing`,
    [ids, asOf],
  )
}

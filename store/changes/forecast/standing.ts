import type { Tx } from '../../pool.ts'

/** Counts the managers of each VO: people who are named, and those VALID in groups that are. */
export async function countManagers(tx: Tx): Promise<ReadonlyMap<string, number>> {
  const { rows } = await tx.query<{ vo: string; count: number }>(
    `with named as (
       select vo.name as vo, jsonb_array_elements(coalesce(vo.spec->'managers', '[]')) as manager from vo
     ), managing as (
       select vo, split_part(path, '/', 1) as of, split_part(path, '/', 2) as name
       from (select vo, case when manager->>'group' like '%/%' then manager->>'group' else vo || '/' || (manager->>'group') end as path
             from named where manager ? 'group') x
     ), person as (
       select n.vo, i.person_id from named n join identity i on i.ref = n.manager->>'user'
       union
       select x.vo, mb.person_id
       from managing x join vo on vo.name = x.of
       join member mb on mb.vo_id = vo.id and mb.status = 'VALID'
       where x.name = 'members' or exists (
         select from groups g join closure c on c.above = g.id
         join membership m on m.group_id = c.below and m.person_id = mb.person_id and m.status = 'VALID'
         where g.vo_id = vo.id and g.name = x.name)
     )
     select vo.name as vo, count(p.person_id)::integer as count from vo left join person p on p.vo = vo.name group by 1`,
  )
  return new Map(rows.map(({ vo, count }) => [vo, count]))
}

/** Lists the groups of a VO in which somebody is VALID. */
export async function groupsInUse(tx: Tx, vo: string): Promise<ReadonlySet<string>> {
  const { rows } = await tx.query<{ name: string }>(
    `select g.name from vo join groups g on g.vo_id = vo.id and not g.is_members
     where vo.name = $1 and exists (
       select from closure c join membership m on m.group_id = c.below and m.status = 'VALID'
       join member mb on (mb.vo_id, mb.person_id) = (vo.id, m.person_id) and mb.status = 'VALID'
       where c.above = g.id)`,
    [vo],
  )
  return new Set(rows.map(({ name }) => name))
}

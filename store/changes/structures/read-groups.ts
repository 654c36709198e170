import type { SourcedGroup } from '../../../core/structure/sourced-group.ts'
import type { Tx } from '../../pool.ts'

/** The group below which a source makes others. */
export interface Base {
  readonly id: number
  readonly name: string
}

/** What lies below a base. */
export interface GroupsBelow {
  readonly groups: readonly SourcedGroup[]
  /** Names directly below it that groups of git have. */
  readonly taken: readonly string[]
}

/** Reads the groups that a source keeps below a base, and the names there that it cannot have. */
export async function readGroupsBelow(tx: Tx, { id, name }: Base): Promise<GroupsBelow> {
  const { rows } = await tx.query<{ key: string; path: string; title: string | null; includes: readonly string[] }>(
    `select s.key, substr(g.name, length($2) + 2) as path, g.title,
       array(
         select i.key from jsonb_array_elements_text(coalesce(g.spec->'includes', '[]')) as n(name)
         join groups o on o.vo_id = g.vo_id and o.name = n.name
         join sourced_group i on i.group_id = o.id order by i.key
       ) as includes
     from sourced_group s join groups g on g.id = s.group_id where s.base_id = $1`,
    [id, name],
  )
  const { rows: taken } = await tx.query<{ name: string }>(
    `select substr(g.name, length($2) + 2) as name from groups g
     where g.vo_id = (select vo_id from groups where id = $1) and starts_with(g.name, $2 || ':')
       and not exists (select from sourced_group s where s.group_id = g.id)`,
    [id, name],
  )
  return {
    groups: rows.map(({ title, ...group }) => (title === null ? group : { ...group, title })),
    taken: taken.map((one) => one.name).filter((one) => !one.includes(':')),
  }
}

import type { Tx } from '../../pool.ts'
import { settleMembers } from '../settle-members.ts'
import { recordEvents, type Trail } from '../trail.ts'
import { askedValues, columnsOfValues, type AskedValue } from './value-columns.ts'

/**
 * Puts aside the values of people that stand in a list no more which their attribute names, and gives back those that stand
 * in it again; their memberships follow. Values of git are the configuration's to judge. Returns the persons.
 */
export async function settleOutside(tx: Tx, trail: Trail): Promise<readonly number[]> {
  const { rowCount } = await tx.query(`select from attribute_definition where spec ? 'within' limit 1`)
  const { rows: aside } = await tx.query('select from attribute_outside limit 1')
  if (rowCount === 0 && aside.length === 0) return []
  const { rows } = await tx.query<{ attribute: string; subject: number; user: string; list: string | null }>(
    `with broken as (
       delete from attribute_value v
       where v.origin <> 'config' and v.attribute in (select name from attribute_definition where spec ? 'within')
         and broken_list(v.attribute, v.subject, v.object, v.value) is not null
       returning v.*
     ), fitting as (
       delete from attribute_outside o
       where broken_list(o.attribute, o.subject, o.object, o.value) is null returning o.*
     ), aside as (
       insert into attribute_outside select * from broken
       on conflict (attribute, subject, object) do update set value = excluded.value, origin = excluded.origin
     ), back as (
       insert into attribute_value select * from fitting on conflict do nothing
     )
     select c.attribute, c.subject, p.identities[1] as "user", broken_list(c.attribute, c.subject, c.object, c.value) as list
     from (select * from broken union all select * from fitting) c join person p on p.id = c.subject
     order by 1, 3`,
  )
  const persons = [...new Set(rows.map(({ subject }) => subject))]
  if (persons.length === 0) return []
  await recordEvents(
    tx,
    trail,
    rows.map(({ attribute: name, user, list }) => ({
      ...{ action: list === null ? 'inside' : 'outside', kind: 'Value', name },
      personal: { user, list },
    })),
  )
  const { rows: vos } = await tx.query<{ vo: number; persons: number[] }>(
    'select vo_id as vo, array_agg(person_id) as persons from member where person_id = any($1) group by 1 order by 1',
    [persons],
  )
  const reason = 'a list of allowed values changed'
  for (const { vo, persons: members } of vos)
    await settleMembers(tx, trail, { vo, persons: members, lifted: [], reason })
  return persons
}

/** Names, for each value, the list that its attribute names and the value does not stand in, with file and line. */
export async function brokenLists(tx: Tx, values: readonly AskedValue[]): Promise<readonly (string | undefined)[]> {
  const { rows } = await tx.query<{ list: string | null }>(
    `select broken_list(x.attribute, x.subject, x.object, x.value::jsonb) as list
     from ${askedValues}
     order by x.place`,
    [...columnsOfValues(values)],
  )
  return rows.map(({ list }) => list ?? undefined)
}

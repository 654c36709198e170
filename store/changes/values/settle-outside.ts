import { describeLists, type ListAround } from '../../../core/attributes/lists.ts'
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
  const { rows } = await tx.query<{ attribute: string; subject: number; user: string; lists: Lists }>(
    `with broken as (
       delete from attribute_value v
       where v.origin <> 'config' and v.attribute in (select name from attribute_definition where spec ? 'within')
         and is_outside(v.attribute, v.object, v.value)
       returning v.*
     ), fitting as (
       delete from attribute_outside o
       where not is_outside(o.attribute, o.object, o.value) returning o.*
     ), aside as (
       insert into attribute_outside select * from broken
       on conflict (attribute, subject, object) do update
       set value = excluded.value, origin = excluded.origin, source = excluded.source
     ), back as (
       insert into attribute_value select * from fitting on conflict do nothing
     ), changed as (
       select * from broken union all select * from fitting
     ), judged as (
       select c.*, ${listsAround('c', 'c.value')} as lists from (select distinct attribute, object, value from changed) c
     )
     select c.attribute, c.subject, p.identities[1] as "user", judged.lists
     from changed c join judged using (attribute, object, value) join person p on p.id = c.subject
     order by 1, 3`,
  )
  const persons = [...new Set(rows.map(({ subject }) => subject))]
  if (persons.length === 0) return []
  await recordEvents(
    tx,
    trail,
    rows.map(({ attribute: name, user, lists }) => ({
      ...{ action: lists === null ? 'inside' : 'outside', kind: 'Value', name },
      personal: { user, list: lists === null ? null : describeLists(lists).first },
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

type Lists = readonly ListAround[] | null

/** The lists around a value, by its table and an expression of it, as JSON; null where it stands in those that its attribute names. */
export function listsAround(alias: string, value: string): string {
  const asked = `${alias}.attribute, ${alias}.object, ${value}`
  return `case when is_outside(${asked}) then (
    select json_agg(json_build_object('list', l.list, 'at', l.at, 'has', l.has)) from lists_around(${asked}) l) end`
}

/** Names, for each value that stands outside a list which its attribute names, the lists around it. */
export async function brokenLists(
  tx: Tx,
  values: readonly AskedValue[],
): Promise<readonly (readonly ListAround[] | undefined)[]> {
  const { rows } = await tx.query<{ lists: Lists }>(
    `select ${listsAround('x', 'x.value::jsonb')} as lists
     from ${askedValues}
     order by x.place`,
    [...columnsOfValues(values)],
  )
  return rows.map(({ lists }) => lists ?? undefined)
}

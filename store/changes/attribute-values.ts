import { GuildhallError } from '../../core/errors.ts'
import type { Tx } from '../pool.ts'

/** The documents that carry values, with the column that holds whom the values are about. */
const holders = {
  User: { holder: 'user', table: 'user_document', subject: 'person_id' },
  Group: { holder: 'group', table: 'groups', subject: 'id' },
  Resource: { holder: 'resource', table: 'resource', subject: 'id' },
  Facility: { holder: 'facility', table: 'facility', subject: 'id' },
} as const

/** A kind of document that carries attribute values. */
export type HolderKind = keyof typeof holders

/** Brings the values of origin config to what the documents of these subjects (persons, groups, …) say, as a set. */
export async function writeConfigValues(tx: Tx, kind: HolderKind, subjects: readonly number[]): Promise<void> {
  if (subjects.length === 0) return
  const { holder, table, subject } = holders[kind]
  await tx.query(
    `with wanted as materialized (
       select case when n.key like '%.%' then n.key else '${holder}.' || n.key end as attribute, o.${subject} as subject, n.value
       from ${table} o, jsonb_each(coalesce(o.spec->'attributes', '{}')) as n
       where o.${subject} = any($1)
     ), gone as (
       delete from attribute_value v
       where v.subject = any($1) and v.attribute like '${holder}.%' and v.origin = 'config'
         and not exists (select 1 from wanted w where (w.attribute, w.subject) = (v.attribute, v.subject))
     )
     insert into attribute_value (attribute, subject, value, origin)
     select attribute, subject, value, 'config' from wanted order by attribute, subject
     on conflict (attribute, subject, object) do update set value = excluded.value, origin = 'config'
     where attribute_value.value is distinct from excluded.value or attribute_value.origin <> 'config'`,
    [subjects],
  )
  await claimUnique(tx, { holder, subjects, attributes: [] })
}

/** Lets go of the values that documents give which are about to be deleted: others of the same apply may take them. */
export async function dropConfigValues(tx: Tx, kind: HolderKind, subjects: readonly number[]): Promise<void> {
  if (subjects.length === 0) return
  const parameters = [`${holders[kind].holder}.%`, subjects]
  await tx.query('delete from attribute_unique where attribute like $1 and subject = any($2)', parameters)
  await tx.query(
    `delete from attribute_value where attribute like $1 and subject = any($2) and origin = 'config'`,
    parameters,
  )
}

/** Checks and keeps who holds which unique value of attributes whose definition changed. */
export async function claimUniqueOf(tx: Tx, attributes: readonly string[]): Promise<void> {
  if (attributes.length > 0) await claimUnique(tx, { holder: '', subjects: [], attributes })
}

interface Claim {
  readonly holder: string
  readonly subjects: readonly number[]
  readonly attributes: readonly string[]
}

async function claimUnique(tx: Tx, { holder, subjects, attributes }: Claim): Promise<void> {
  const parameters = [`${holder}.%`, subjects, attributes]
  const concerned = '((x.attribute like $1 and x.subject = any($2)) or x.attribute = any($3))'
  await tx.query(
    `delete from attribute_unique x
     where ${concerned} and x.attribute not like 'user-facility.%' and not exists (
       select 1 from attribute_value v join unique_attribute q on q.attribute = v.attribute
       where (v.attribute, v.subject, v.object, v.value) = (x.attribute, x.subject, x.object, x.value))`,
    parameters,
  )
  const claims = `select x.attribute, case when q.per_facility then x.object else 0 end as within, x.value, x.subject, x.object
    from attribute_value x join unique_attribute q on q.attribute = x.attribute where ${concerned}`
  await tx.query(
    `insert into attribute_unique (attribute, within, value, subject, object)
     select * from (${claims}) claim order by attribute, within, value, subject
     on conflict do nothing`,
    parameters,
  )
  const { rows } = await tx.query<{ attribute: string; value: string; wanted: string; held: string }>(
    `select c.attribute, c.value #>> '{}' as value, ${nameOf('c')} as wanted, ${nameOf('u')} as held
     from (${claims}) c
     join attribute_unique u on (u.attribute, u.within, u.value) = (c.attribute, c.within, c.value)
     where (u.subject, u.object) <> (c.subject, c.object)
     order by 1, 2, 3 limit 1`,
    parameters,
  )
  const clash = rows[0]
  if (clash !== undefined) throw taken(clash)
}

function nameOf(alias: string): string {
  const location = (table: string) =>
    `(select vo.name || '/' || o.name from ${table} o join vo on vo.id = o.vo_id where o.id = ${alias}.subject)`
  return `case split_part(${alias}.attribute, '.', 1)
    when 'group' then ${location('groups')}
    when 'resource' then ${location('resource')}
    when 'facility' then (select name from facility where id = ${alias}.subject)
    else (select identities[1] from person where id = ${alias}.subject) end`
}

function taken(clash: { attribute: string; value: string; wanted: string; held: string }): GuildhallError {
  const { attribute, value, wanted, held } = clash
  return new GuildhallError(
    'ATTRIBUTE_TAKEN',
    `Cannot set ${attribute} of "${wanted}" to "${value}": "${held}" holds this value, and it is unique; give one of them another`,
    { facts: { attribute, value, wanted, held } },
  )
}

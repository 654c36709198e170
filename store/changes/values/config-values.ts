import type { Tx } from '../../pool.ts'
import { claimUnique } from './unique-values.ts'

/** What documents of one kind say of one holder. */
interface Part {
  /** Attribute, subject, object and value, of the documents (of User: of the persons) with the ids $1. */
  readonly wanted: string
  /** Whether a value `v` is one that these documents may give. */
  readonly isTheirs: string
}

const own = (
  holder: string,
  { table, subject = 'id' }: { readonly table: string; readonly subject?: string },
): Part => ({
  wanted: `select '${holder}.' || n.key, o.${subject}, 0, n.value
    from ${table} o, jsonb_each(coalesce(o.spec->'attributes', '{}')) as n where o.${subject} = any($1)`,
  isTheirs: `v.attribute like '${holder}.%' and v.subject = any($1)`,
})

const hostsHere = `select h.id from facility_host h where h.facility_id = any($1)`

/** The documents that carry values. */
const parts = {
  User: [own('user', { table: 'user_document', subject: 'person_id' })],
  VO: [own('vo', { table: 'vo' })],
  Group: [own('group', { table: 'groups' })],
  Resource: [
    own('resource', { table: 'resource' }),
    {
      wanted: `select 'group-resource.' || n.key, d.group_id, d.resource_id, n.value
        from declared_assignment d, jsonb_each(d.attributes) as n where d.resource_id = any($1)`,
      isTheirs: `v.attribute like 'group-resource.%' and v.object = any($1)`,
    },
  ],
  Facility: [
    own('facility', { table: 'facility' }),
    {
      wanted: `select 'host.' || n.key, h.id, 0, n.value
        from facility f
        cross join lateral jsonb_array_elements(coalesce(f.spec->'hosts', '[]')) as e
        join facility_host h on (h.facility_id, h.name) = (f.id, e->>'name')
        cross join lateral jsonb_each(coalesce(e->'attributes', '{}')) as n
        where f.id = any($1)`,
      isTheirs: `v.attribute like 'host.%' and v.subject in (${hostsHere})`,
    },
  ],
} as const satisfies Record<string, readonly Part[]>

/** A kind of document that carries attribute values. */
export type HolderKind = keyof typeof parts

/** Brings the values of origin config to what the documents of these subjects (persons, groups, …) say, as a set. */
export async function writeConfigValues(tx: Tx, kind: HolderKind, subjects: readonly number[]): Promise<void> {
  if (subjects.length === 0) return
  for (const { wanted, isTheirs } of parts[kind]) {
    await tx.query(
      `with wanted(attribute, subject, object, value) as materialized (${wanted}), gone as (
         delete from attribute_value v
         where ${isTheirs} and v.origin = 'config' and not exists (
           select 1 from wanted w where (w.attribute, w.subject, w.object) = (v.attribute, v.subject, v.object))
       )
       insert into attribute_value (attribute, subject, object, value, origin)
       select attribute, subject, object, value, 'config' from wanted order by attribute, subject, object
       on conflict (attribute, subject, object) do update set value = excluded.value, origin = 'config'
       where attribute_value.value is distinct from excluded.value or attribute_value.origin <> 'config'`,
      [subjects],
    )
  }
  const which = parts[kind].map(({ isTheirs }) => `(${isTheirs})`).join(' or ')
  await claimUnique(tx, { which, parameters: [subjects] })
  if (kind === 'Resource' && (await anyUniqueOfPeopleThere(tx)))
    await claimUnique(tx, { which: ofPeopleThere, parameters: [subjects] })
}

async function anyUniqueOfPeopleThere(tx: Tx): Promise<boolean> {
  const { rowCount } = await tx.query(
    `select from unique_attribute where attribute like 'member-resource.%' and per = 'facility' limit 1`,
  )
  return rowCount === 1
}

/** What people have on resources, and must be unique on the facility, moves there with them. */
const ofPeopleThere = `v.object = any($1) and v.attribute in (
  select q.attribute from unique_attribute q where q.attribute like 'member-resource.%' and q.per = 'facility')`

/** Values that go with the thing they are about. */
const withThings: Readonly<Record<Exclude<HolderKind, 'User'>, readonly string[]>> = {
  VO: [
    `v.attribute like 'vo.%' and v.subject = any($1)`,
    `v.attribute like 'member.%' and v.object = any($1)`,
    `v.attribute like 'member-group.%' and v.object in (select g.id from groups g where g.vo_id = any($1))`,
  ],
  Group: [
    `v.attribute ~ '^(group|group-resource)[.]' and v.subject = any($1)`,
    `v.attribute like 'member-group.%' and v.object = any($1)`,
  ],
  Resource: [
    `v.attribute like 'resource.%' and v.subject = any($1)`,
    `v.attribute ~ '^(group|member)-resource[.]' and v.object = any($1)`,
  ],
  Facility: [
    `v.attribute like 'facility.%' and v.subject = any($1)`,
    `v.attribute like 'host.%' and v.subject in (${hostsHere})`,
    `v.attribute like 'user-facility.%' and v.object = any($1)`,
  ],
}

/** Drops all values of things that are about to be deleted: others of the same apply may take what is unique. */
export async function dropValues(tx: Tx, kind: keyof typeof withThings, ids: readonly number[]): Promise<void> {
  if (ids.length === 0) return
  for (const which of withThings[kind]) {
    await tx.query(`delete from attribute_unique v where not v.lasting and (${which})`, [ids])
    await tx.query(`delete from attribute_value v where ${which}`, [ids])
    await tx.query(`delete from attribute_outside v where ${which}`, [ids])
  }
}

import { firstFreeLogin, loginBase, type LoginSource } from '../../../core/attributes/logins.ts'
import { attributesIn, fillTemplate } from '../../../core/attributes/templates.ts'
import { uniqueKey } from '../../../core/attributes/unique-key.ts'
import { groupBy } from '../../../core/model/group-by.ts'
import type { JsonValue } from '../../../core/model/json.ts'
import type { IdentityRef, UserId } from '../../../core/model/state.ts'
import { lockShared } from '../../locks.ts'
import type { Tx } from '../../pool.ts'
import { allocateNumbers, exhausted, type SequenceScope } from '../sequences.ts'
import { keepDerived } from './keep-derived.ts'
import { ownersOf } from './unique-values.ts'
import { writeValues, type ChangedValue, type WrittenValue } from './write-values.ts'
import { undecided } from '../../undecided.ts'

/** A value that somebody needs, because they reach a resource, and does not have. */
interface Needed {
  readonly attribute: string
  readonly subject: UserId
  readonly object: number
  readonly template: string | null
  readonly from: readonly LoginSource[] | null
  readonly sequence: { readonly from: number; readonly to: number } | null
  /** The facility or VO within which the numbers are counted; empty for all. */
  readonly place: string
}

/**
 * Makes the values that people who reach the facilities need and do not have: numbers, then logins, then those from a
 * template. What was made once stays, and is never given to anybody else. Returns what rules may read of it: all but numbers per
 * facility, with what is derived from it.
 */
export async function generateValues(tx: Tx, scope: SequenceScope): Promise<readonly ChangedValue[]> {
  if (scope.facilities.length === 0) return []
  const numbered = await allocateNumbers(tx, scope)
  const { rows } = await tx.query<Record<'logins' | 'numbers' | 'templates', boolean>>(
    `select coalesce(bool_or(${otherNumbers('')}), false) as numbers,
       coalesce(bool_or(spec->'generate' ? 'login'), false) as logins,
       coalesce(bool_or(spec->'generate' ? 'template'), false) as templates
     from attribute_definition where spec ? 'generate'`,
  )
  const [ways] = rows
  const numbers = ways?.numbers === true ? await countOn(tx, await neededOf(tx, 'sequence', scope)) : []
  const logins = ways?.logins === true ? await makeLogins(tx, scope) : []
  const { at } = scope
  const made = await withDerived(tx, [...numbers, ...logins], { at, numbered })
  if (ways?.templates !== true) return made
  const filled = await withDerived(tx, await fillTemplates(tx, scope), { at })
  // Again, as one may be made from another.
  const again = filled.length === 0 ? [] : await withDerived(tx, await fillTemplates(tx, scope), { at })
  return [...made, ...filled, ...again]
}

/** New values of people, and what is derived from them. */
async function withDerived(
  tx: Tx,
  values: readonly ChangedValue[],
  { at, numbered = [] }: { readonly at: Date; readonly numbered?: readonly number[] },
): Promise<readonly ChangedValue[]> {
  const persons = [...new Set([...numbered, ...values.map(({ subject }) => subject)])]
  return [...values, ...(await keepDerived(tx, { persons, at }))]
}

async function neededOf(
  tx: Tx,
  key: 'login' | 'sequence' | 'template',
  { facilities, persons }: SequenceScope,
): Promise<Needed[]> {
  const { rows } = await tx.query<Needed>(
    `select need.* from (
       select distinct d.name as attribute, reach.person_id as subject,
         case split_part(d.name, '.', 1) when 'user' then 0 when 'member' then reach.vo_id when 'user-facility' then r.facility_id
           when 'member-resource' then r.id when 'member-group' then reach.group_id end as object,
         case d.spec->'generate'->'sequence'->>'per' when 'facility' then f.name
           when 'vo' then case when d.name like 'member-resource.%' then rv.name else vo.name end else '' end as place,
         d.spec->'generate'->'sequence' as sequence, d.spec->'generate'->>'template' as template, d.spec->'generate'->'login'->'from' as "from"
       from attribute_definition d
       cross join resource r
       join reach on reach.resource_id = r.id
       join facility f on f.id = r.facility_id
       join vo on vo.id = reach.vo_id
       join vo rv on rv.id = r.vo_id
       where d.spec->'generate' ? $1 and ($1 <> 'sequence' or ${otherNumbers('d.')}) and r.facility_id = any($2) and ($3::integer[] is null or reach.person_id = any($3))
     ) need
     where not exists (
       select from attribute_value v where (v.attribute, v.subject, v.object) = (need.attribute, need.subject, need.object))
     order by 1, 2, 3`,
    [key, facilities, persons ?? null],
  )
  return rows
}

/** Numbers per facility for users there are by far the most, and are given by themselves. */
function otherNumbers(alias: string): string {
  const [spec, name] = [`${alias}spec->'generate'->'sequence'`, `${alias}name`]
  return `${spec} is not null and not (${name} like 'user-facility.%' and ${spec}->>'per' is not distinct from 'facility')`
}

/** Takes numbers from counters that only rise. */
async function countOn(tx: Tx, needed: readonly Needed[]): Promise<ChangedValue[]> {
  const counted: ChangedValue[] = []
  for (const all of groupBy(needed, ({ attribute, place }) => `${attribute} ${place}`).values()) {
    const [first] = all
    if (first?.sequence == null) continue
    const { attribute, place, sequence } = first
    const { rows } = await tx.query<{ next: number }>(
      `insert into attribute_counter (attribute, per, next) values ($1, $2, $3::integer + $4::integer)
       on conflict (attribute, per) do update set next = greatest(attribute_counter.next, $3::integer) + $4::integer
       returning next`,
      [attribute, place, sequence.from, all.length],
    )
    const from = (rows[0]?.next ?? 0) - all.length
    if (from + all.length - 1 > sequence.to) throw exhausted({ attribute, place, last: sequence.to })
    const values = all.map(({ subject, object }, index) => ({ attribute, subject, object, value: from + index }))
    counted.push(...(await writeValues(tx, { values, origin: 'generated' })))
  }
  return counted
}

/** One transaction after the other, so that no two choose the same. */
async function makeLogins(tx: Tx, scope: SequenceScope): Promise<ChangedValue[]> {
  if ((await neededOf(tx, 'login', scope)).length === 0) return []
  await lockShared(tx, 'people')
  const needed = await neededOf(tx, 'login', scope)
  const people = await namesOf(
    tx,
    needed.map(({ subject }) => subject),
  )
  const bases = needed.map(({ subject, from }) => loginBase(people.get(subject) ?? nobody, from ?? ['identity']))
  const taken = await takenLogins(tx, needed, bases)
  const values = needed.map(({ attribute, subject, object }, index): WrittenValue => {
    const value = firstFreeLogin(bases[index] ?? 'user', (login) => taken.has(`${attribute} ${login.toLowerCase()}`))
    taken.add(`${attribute} ${value.toLowerCase()}`)
    return { attribute, subject, object, value }
  })
  return writeValues(tx, { values, origin: 'generated' })
}

interface PersonName {
  readonly displayName: string | undefined
  readonly email: string | undefined
  readonly identity: IdentityRef
}

const nobody: PersonName = { displayName: undefined, email: undefined, identity: '' }

async function namesOf(tx: Tx, persons: readonly UserId[]): Promise<ReadonlyMap<UserId, PersonName>> {
  const value = (name: string): string =>
    `(select v.value #>> '{}' from attribute_value v where (v.attribute, v.subject, v.object) = ('${name}', p.id, 0))`
  const { rows } = await tx.query<{ id: UserId; identity: IdentityRef; name: string | null; email: string | null }>(
    `select p.id, p.identities[1] as identity, ${value('user.displayName')} as name, ${value('user.email')} as email
     from person p where p.id = any($1)`,
    [persons],
  )
  return new Map(
    rows.map(({ id, identity, name, email }) => [
      id,
      { identity, displayName: name ?? undefined, email: email ?? undefined },
    ]),
  )
}

/** Logins of others, and of those who are gone, that begin like one of these, by attribute, in small letters. */
async function takenLogins(tx: Tx, needed: readonly Needed[], bases: readonly string[]): Promise<Set<string>> {
  const attributes = [...new Set(needed.map(({ attribute }) => attribute))]
  const { rows } = await tx.query<{ key: string }>(
    `with base as materialized (select distinct unnest($2::text[]) as base)
     select u.attribute || ' ' || (u.value #>> '{}') as key from attribute_unique u
     where u.attribute = any($1) and exists (select from base b where starts_with(u.value #>> '{}', left(b.base, 24)))
     union
     select r.attribute || ' ' || c.login
     from base b
     cross join lateral (
       select left(b.base, 32 - length(n)) || n as login from (select '' as n union all select i::text from generate_series(2, 1000) i) x
     ) c
     join retired_value r on r.attribute = any($1) and r.hash = value_hash(to_jsonb(c.login))
     where exists (select from retired_value)
     union
     select r.attribute || ' ' || (r.value #>> '{}') from application_reservation r join application a on a.id = r.application_id
     where r.attribute = any($1) and a.state in ${undecided}`,
    [attributes, bases],
  )
  return new Set(rows.map(({ key }) => key))
}

/** A value that somebody else has is not made; the person stays without. */
async function fillTemplates(tx: Tx, scope: SequenceScope): Promise<ChangedValue[]> {
  const needed = await neededOf(tx, 'template', scope)
  const held = await valuesFor(tx, needed)
  const filled = needed.flatMap(({ attribute, subject, object, template }) => {
    const valueOf = (name: string): JsonValue | undefined =>
      held.get(`${name} ${subject} ${name.startsWith('user.') ? 0 : object}`)
    const value = fillTemplate(template ?? '', valueOf)
    return value === undefined ? [] : [{ attribute, subject, object, value }]
  })
  const owners = await ownersOf(tx, filled)
  const { rows } = await tx.query<{ attribute: string }>('select attribute from unique_attribute')
  const uniques = new Set(rows.map(({ attribute }) => attribute))
  const free = filled.filter((_, index) => owners[index] === undefined)
  const firsts = new Map(
    free.map((one, index) => [
      uniques.has(one.attribute) ? `${one.attribute} ${uniqueKey(one.value)}` : String(index),
      one,
    ]),
  )
  return writeValues(tx, { values: [...firsts.values()], origin: 'generated' })
}

/** What the templates are made from, by attribute, subject and object. */
async function valuesFor(tx: Tx, needed: readonly Needed[]): Promise<ReadonlyMap<string, JsonValue>> {
  const names = [...new Set(needed.flatMap(({ template }) => attributesIn(template ?? '')))]
  const { rows } = await tx.query<{ key: string; value: JsonValue }>(
    `select v.attribute || ' ' || v.subject || ' ' || v.object as key, v.value
     from attribute_value v where v.attribute = any($1) and v.subject = any($2)`,
    [names, needed.map(({ subject }) => subject)],
  )
  return new Map(rows.map(({ key, value }) => [key, value]))
}

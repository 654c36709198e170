import type { SettledValue, ValueAside, ValueInForce } from '../../../core/sources/settle-value.ts'
import { settleValue } from '../../../core/sources/settle-value.ts'
import type { JsonValue } from '../../../core/model/json.ts'
import type { Tx } from '../../pool.ts'
import { writeOutbox, wakeClocks, type FacilityService } from '../outbox.ts'
import type { Places } from '../memberships/places.ts'
import { recordSelected, type Trail } from '../trail.ts'
import { followChange } from '../values/follow-change.ts'
import { settleByDerived } from '../values/keep-following.ts'
import type { ValueKey } from '../values/read-held.ts'
import { servicesShowing } from '../values/services-showing.ts'
import { brokenLists } from '../values/settle-outside.ts'
import { TakenError } from '../values/unique-values.ts'
import { columnsOfValues, keyOfValue } from '../values/value-columns.ts'
import { writeValues, type ChangedValue, type GivenValue } from '../values/write-values.ts'
import { counts } from './diff-subjects.ts'
import type { SyncedSet } from './find-set.ts'
import type { SaidAttribute, SaidAttributes } from './said-attributes.ts'
import type { Skips } from './skips.ts'

/** So many people at once, whose values stay in memory. */
const batch = 5_000

const priority = 3

interface Writing extends SaidAttributes {
  readonly set: SyncedSet
  /** The limited places that these people had before. */
  readonly had: Places
  readonly skips: Skips
}

/**
 * Brings the values of everybody in `sync_differing` who is in the VO to what the sources say, with all that follows; of those in
 * `sync_diff` the rest follows with their rows. Returns how many values became others.
 */
export async function writeSaid(tx: Tx, trail: Trail, writing: Writing): Promise<number> {
  const services: FacilityService[] = []
  let written = 0
  for await (const said of batches(tx, writing)) {
    const changed = await writeBatch(tx, writing, said)
    written += changed.length
    if (changed.length > 0) services.push(...(await follow(tx, trail, { writing, said, changed })))
  }
  await writeOutbox(tx, { services: unique(services), priority, at: trail.at })
  return written
}

/** What the source says of one attribute of somebody, and what there is. */
interface Said extends ValueKey {
  readonly person: number
  /** By which the source calls them. */
  readonly ref: string
  readonly said: JsonValue | undefined
  /** Whether another of their records says another value. */
  readonly isAmbiguous: boolean
  readonly held: ValueInForce | undefined
  readonly aside: readonly ValueAside[]
  /** Whether their rows are written by the run too. */
  readonly isInDiff: boolean
}

/** What the source says of everybody, some thousands at a time and nobody in two batches. */
async function* batches(tx: Tx, writing: Writing): AsyncIterable<readonly Said[]> {
  await declareSaid(tx, writing)
  const size = batch * writing.attributes.length
  let rows: readonly SaidRow[] = []
  for (;;) {
    const { rows: more } = await tx.query<SaidRow>(`fetch ${size} from said`)
    const isLast = more.length < size
    rows = [...rows, ...more]
    const last = rows.at(-1)?.person
    const whole = isLast ? rows : rows.filter(({ person }) => person !== last)
    if (whole.length > 0) yield whole.map(saidOf)
    if (isLast) break
    rows = rows.slice(whole.length)
  }
  await tx.query('close said')
}

/**
 * All is compared at once, so that the tables are read once. Of somebody whom the source names more than once one record says what it
 * says of an attribute, in whatever order they come: the one whose login sorts first, or of one login whose value does.
 */
async function declareSaid(tx: Tx, { set, attributes }: Writing): Promise<void> {
  // It is read to its end.
  await tx.query('set local cursor_tuple_fraction = 1')
  await tx.query(
    `declare said no scroll cursor for
     with concerned as materialized (
       select distinct person_id from sync_differing x
       where exists (select from member mb where (mb.vo_id, mb.person_id) = ($2, x.person_id))
         or exists (select from membership m where (m.vo_id, m.person_id) = ($2, x.person_id))
     ), subject as materialized (
       select s.ref, s.said, s.unusable, i.person_id, i.id as identity_id
       from concerned join identity i using (person_id) join sync_subject s on s.ref = i.ref
       where s.said is not null and ${counts('$1')} and coalesce(s.person_id, i.person_id) = i.person_id
       union all
       select s.ref, s.said, s.unusable, s.person_id, i.id
       from concerned join sync_subject s using (person_id) left join identity i on i.ref = s.ref
       where i.person_id is distinct from s.person_id and s.said is not null and ${counts('$1')}
     ), told as (
       select distinct on (x.person_id, a.name, x.holder_id) x.person_id, x.ref, a.name as attribute, x.holder_id as subject,
         case a.holder when 'member' then $2 else 0 end as object, x.said->a.name as said,
         min(x.text) over same is distinct from max(x.text) over same as is_ambiguous
       from unnest($3::text[], $4::text[]) as a(name, holder)
       cross join lateral (
         select s.*, (s.said->a.name)::text collate "C" as text,
           case a.holder when 'identity' then s.identity_id else s.person_id end as holder_id
         from subject s
         where not exists (select from subject o where o.person_id = s.person_id and a.name = any(o.unusable))
       ) x
       where x.holder_id is not null
       window same as (partition by x.person_id, a.name, x.holder_id)
       order by x.person_id, a.name, x.holder_id, x.text is null, x.ref, x.text
     )
     select t.person_id as person, t.ref, t.attribute, t.subject, t.object, t.said, t.is_ambiguous, v.value, v.origin,
       (select name from source where name = v.source) as source,
       (select json_agg(json_build_object('source', o.source, 'value', o.value) order by o.source) from attribute_aside o
         where (o.attribute, o.subject, o.object) = (t.attribute, t.subject, t.object)
           and o.source in (select name from source)) as aside,
       exists (select from sync_diff d where d.person_id = t.person_id) as in_diff
     from told t left join attribute_value v using (attribute, subject, object)
     order by t.person_id, t.attribute, t.ref, t.subject, t.object`,
    [set.today, set.vo.id, attributes.map(({ name }) => name), attributes.map(({ holder }) => holder)],
  )
}

function saidOf({
  said,
  is_ambiguous: isAmbiguous,
  value,
  origin,
  source,
  aside,
  in_diff: isInDiff,
  ...key
}: SaidRow): Said {
  return {
    ...{ ...key, said: said ?? undefined, isAmbiguous, aside: aside ?? [], isInDiff },
    held: value === null || origin === null ? undefined : { value, origin, source: source ?? undefined },
  }
}

interface SaidRow extends ValueKey {
  readonly person: number
  readonly ref: string
  readonly said: JsonValue | null
  readonly is_ambiguous: boolean
  readonly value: JsonValue | null
  readonly origin: string | null
  readonly source: string | null
  readonly aside: readonly ValueAside[] | null
  readonly in_diff: boolean
}

interface Settled {
  readonly one: Said
  readonly settled: SettledValue
}

async function writeBatch(
  tx: Tx,
  { set, attributes, order, skips }: Writing,
  said: readonly Said[],
): Promise<ChangedValue[]> {
  for (const { isAmbiguous, ref } of said) if (isAmbiguous) skips.add('value-ambiguous', 1, [ref])
  const byName = new Map(attributes.map((attribute) => [attribute.name, attribute]))
  const settled = said.map((one): Settled => {
    const { overwrite = false } = byName.get(one.attribute) ?? {}
    return { one, settled: settleValue({ ...one, source: set.source, order, overwrite }) }
  })
  const differing = settled.filter(({ settled: { held, aside } }) => held !== undefined || aside !== undefined)
  const fitting = await leaveOutside(tx, differing, { skips, byName })
  return writeUntaken(tx, fitting, skips)
}

/** Values that have to stand in lists and do not are left out. */
async function leaveOutside(
  tx: Tx,
  differing: readonly Settled[],
  { skips, byName }: { readonly skips: Skips; readonly byName: ReadonlyMap<string, SaidAttribute> },
): Promise<readonly Settled[]> {
  const listed = differing.filter(({ one }) => byName.get(one.attribute)?.isListed === true)
  if (listed.length === 0) return differing
  const broken = await brokenLists(
    tx,
    listed.map(({ one, settled }) => ({ ...one, value: valueIn(settled) })),
  )
  const outside = new Set(listed.filter((_, index) => broken[index] !== undefined))
  for (const { one } of outside) skips.add('value-outside', 1, [one.ref])
  return differing.filter((each) => !outside.has(each))
}

function valueIn({ held }: SettledValue): JsonValue | undefined {
  return held === undefined || held === 'none' ? undefined : held.value
}

/** What somebody else has who may keep it is left out, and the rest done without. */
async function writeUntaken(tx: Tx, settled: readonly Settled[], skips: Skips): Promise<ChangedValue[]> {
  const values = settled.flatMap(({ one, settled: { held } }): GivenValue[] => {
    if (held === undefined) return []
    const { attribute, subject, object } = one
    if (held === 'none') return [{ attribute, subject, object, value: undefined }]
    return [{ attribute, subject, object, value: held.value, origin: originOf(held.origin), source: held.source }]
  })
  await tx.query('savepoint before_values')
  try {
    const changed = await writeValues(tx, { values, origin: 'sync' })
    await tx.query('release savepoint before_values')
    await writeAside(tx, settled)
    return changed
  } catch (error) {
    if (!(error instanceof TakenError)) throw error
    await tx.query('rollback to savepoint before_values')
    await tx.query('release savepoint before_values')
    const taken = new Set(error.taken.map(({ key }) => keyOfValue(key)))
    const left = settled.filter(({ one }) => !taken.has(keyOfValue(one)))
    if (left.length === settled.length) throw error
    for (const { one } of settled) if (taken.has(keyOfValue(one))) skips.add('value-taken', 1, [one.ref])
    return writeUntaken(tx, left, skips)
  }
}

/** A list that somebody gave stays theirs with what a source adds to it. */
function originOf(origin: string): 'application' | 'manager' | 'self' | 'sync' {
  return origin === 'application' || origin === 'manager' || origin === 'self' ? origin : 'sync'
}

async function writeAside(tx: Tx, settled: readonly Settled[]): Promise<void> {
  const asides = settled.flatMap(({ one, settled: { aside = [] } }) =>
    aside.map(({ source, value }) => ({ ...one, source, value })),
  )
  if (asides.length === 0) return
  await tx.query(
    `with asked as materialized (
       select * from unnest($1::text[], $2::integer[], $3::integer[], $4::text[], $5::text[]) as a(attribute, subject, object, value, source)
     ), gone as (
       delete from attribute_aside o using asked a
       where (o.attribute, o.subject, o.object, o.source) = (a.attribute, a.subject, a.object, a.source) and a.value is null
     )
     insert into attribute_aside (attribute, subject, object, source, value)
     select attribute, subject, object, source, value::jsonb from asked where value is not null
     on conflict (attribute, subject, object, source) do update set value = excluded.value`,
    [...columnsOfValues(asides), asides.map(({ source }) => source)],
  )
}

interface Changing {
  readonly writing: Writing
  readonly said: readonly Said[]
  readonly changed: readonly ChangedValue[]
}

async function follow(
  tx: Tx,
  trail: Trail,
  { writing: { set, had }, said, changed }: Changing,
): Promise<FacilityService[]> {
  const byKey = new Map(said.map((one) => [keyOfValue(one), one]))
  const concerned = changed.flatMap((one) => byKey.get(keyOfValue(one)) ?? [])
  await recordValues(tx, trail, { set, changed, persons: concerned.map(({ person }) => person) })
  const ofPeople = changed.filter(({ attribute }) => !attribute.startsWith('identity.'))
  await wakeClocks(tx, await settleByDerived(tx, trail, ofPeople))
  const services = await servicesShowing(tx, changed)
  const persons = [...new Set(concerned.filter(({ isInDiff }) => !isInDiff).map(({ person }) => person))]
  if (persons.length === 0) return services
  const followed = await followChange(tx, trail, { persons, had })
  await wakeClocks(tx, followed.vos)
  const derived = await servicesShowing(tx, followed.derived)
  return [...services, ...derived, ...(followed.isRuled ? followed.services : [])]
}

interface Recording {
  readonly set: SyncedSet
  readonly changed: readonly ChangedValue[]
  /** Of each changed value. */
  readonly persons: readonly number[]
}

async function recordValues(tx: Tx, trail: Trail, { set, changed, persons }: Recording): Promise<void> {
  await recordSelected(tx, trail, {
    select: `select case when x.value is null then 'unset' else 'set' end as action, 'Value' as kind,
        case when x.attribute like 'member.%' then $7::text end as vo, x.attribute as name,
        jsonb_build_object('holder', p.identities[1], 'before', x.before::jsonb, 'after', x.value::jsonb, 'source', $8::text) as personal
      from unnest($5::text[], $6::integer[], $9::text[], $10::text[]) as x(attribute, person_id, value, before)
      join person p on p.id = x.person_id`,
    parameters: [
      ...[changed.map(({ attribute }) => attribute), persons, set.vo.name, set.source],
      ...[changed.map(({ value }) => jsonOf(value)), changed.map(({ before }) => jsonOf(before))],
    ],
  })
}

function jsonOf(value: JsonValue | undefined): string | null {
  return value === undefined ? null : JSON.stringify(value)
}

function unique(services: readonly FacilityService[]): FacilityService[] {
  return [...new Map(services.map((one) => [`${one.facility} ${one.service}`, one])).values()]
}

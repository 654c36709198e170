import type { SettledValue } from '../../../core/sources/settle-value.ts'
import { settleValue } from '../../../core/sources/settle-value.ts'
import type { JsonValue } from '../../../core/model/json.ts'
import type { Tx } from '../../pool.ts'
import { writeOutbox, wakeClocks, type FacilityService } from '../outbox.ts'
import type { Places } from '../memberships/places.ts'
import { recordSelected, type Trail } from '../trail.ts'
import { followChange } from '../values/follow-change.ts'
import { settleByDerived } from '../values/keep-following.ts'
import { servicesShowing } from '../values/services-showing.ts'
import { brokenLists } from '../values/settle-outside.ts'
import { TakenError } from '../values/unique-values.ts'
import { columnsOfValues, keyOfValue } from '../values/value-columns.ts'
import { writeValues, type ChangedValue, type GivenValue } from '../values/write-values.ts'
import type { SyncedSet } from './find-set.ts'
import { peopleAtOnce, readSaid, type Said } from './read-said.ts'
import type { SaidAttribute, SaidAttributes } from './said-attributes.ts'
import type { Skips } from './skips.ts'

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
  const { set, attributes, skips } = writing
  const services: FacilityService[] = []
  let written = 0
  const bring = async (said: readonly Said[]): Promise<readonly Said[]> => {
    const { changed, taken } = await writeBatch(tx, writing, said)
    written += changed.length
    if (changed.length > 0) services.push(...(await follow(tx, trail, { writing, said, changed })))
    return taken
  }
  const late: Said[] = []
  for await (const said of readSaid(tx, set, attributes)) {
    for (const { isAmbiguous, attribute, ref } of said)
      if (isAmbiguous) skips.addValue('value-ambiguous', attribute, ref)
    late.push(...skipBeyond(await bring(said), { room: peopleAtOnce - late.length, skips }))
  }
  // Who had what these want may have given it up since, or be among them.
  if (late.length > 0) skipBeyond(await bring(late), { room: 0, skips })
  await writeOutbox(tx, { services: unique(services), priority, at: trail.at })
  return written
}

/** Those for whom there is room; the rest does without what somebody else has. */
function skipBeyond(
  taken: readonly Said[],
  { room, skips }: { readonly room: number; readonly skips: Skips },
): readonly Said[] {
  for (const { attribute, ref } of taken.slice(room)) skips.addValue('value-taken', attribute, ref)
  return taken.slice(0, room)
}

/** What became of what is said of some people. */
interface Brought {
  readonly changed: readonly ChangedValue[]
  /** What somebody else has. */
  readonly taken: readonly Said[]
}

interface Settled {
  readonly one: Said
  readonly settled: SettledValue
}

async function writeBatch(tx: Tx, { set, attributes, order, skips }: Writing, said: readonly Said[]): Promise<Brought> {
  const byName = new Map(attributes.map((attribute) => [attribute.name, attribute]))
  const settled = said.map((one): Settled => {
    const { overwrite = false } = byName.get(one.attribute) ?? {}
    return { one, settled: settleValue({ ...one, source: set.source, order, overwrite }) }
  })
  const differing = settled.filter(({ settled: { held, aside } }) => held !== undefined || aside !== undefined)
  const fitting = await leaveOutside(tx, differing, { skips, byName })
  return writeUntaken(tx, fitting)
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
  for (const { one } of outside) skips.addValue('value-outside', one.attribute, one.ref)
  return differing.filter((each) => !outside.has(each))
}

function valueIn({ held }: SettledValue): JsonValue | undefined {
  return held === undefined || held === 'none' ? undefined : held.value
}

/** What somebody else has who may keep it is left out, and the rest done without. */
async function writeUntaken(tx: Tx, settled: readonly Settled[]): Promise<Brought> {
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
    return { changed, taken: [] }
  } catch (error) {
    if (!(error instanceof TakenError)) throw error
    await tx.query('rollback to savepoint before_values')
    await tx.query('release savepoint before_values')
    const keys = new Set(error.taken.map(({ key }) => keyOfValue(key)))
    const left = settled.filter(({ one }) => !keys.has(keyOfValue(one)))
    if (left.length === settled.length) throw error
    const { changed, taken } = await writeUntaken(tx, left)
    const here = settled.flatMap(({ one }) => (keys.has(keyOfValue(one)) ? [one] : []))
    return { changed, taken: [...here, ...taken] }
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

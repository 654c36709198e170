import pg from 'pg'
import { configKinds, isKind, type StoredObject } from '../core/model/config-object.ts'
import { attributesRead } from '../core/plan/rule-inputs.ts'
import type { PlanQuestion } from '../core/plan/state-question.ts'
import type { JsonObject, JsonValue } from '../core/model/json.ts'
import type {
  Ban,
  MembershipRow,
  Person,
  RecordedLoss,
  SeenIdentity,
  State,
  VoMember,
  WatchedSet,
} from '../core/model/state.ts'
import { loadDerivedClaims } from './derived-claims-state.ts'
import { given } from './given.ts'
import { numbersIn } from './numbers-in.ts'
import { inTransaction, type Db, type Tx } from './pool.ts'
import { loadPicks, nameOfPlace, placeOfValue } from './picked-values.ts'
import { loadPlacedValues } from './placed-values.ts'
import { loadObjects } from './stored-objects.ts'
import { loadTerms } from './terms-state.ts'
import { watchedSet } from './watched-set.ts'

/** What a commit asks of the state, beside what is in force; what is left out is not asked for. */
export type StateQuestion = Partial<PlanQuestion> & Pick<PlanQuestion, 'lossesSince'>

/**
 * Reads everything the planner compares a commit with; from a pool, as it is at one moment. Long lists come as one text
 * per group of equal rows: a row object per membership would take four times as long.
 */
export async function loadState(db: Db, question: StateQuestion): Promise<State> {
  if (!(db instanceof pg.Pool)) return readState(db, question)
  return inTransaction(
    db,
    async (tx) => {
      await tx.query('set transaction read only')
      return readState(tx, question)
    },
    { isolation: 'repeatable read' },
  )
}

async function readState(tx: Tx, question: StateQuestion): Promise<State> {
  const { lossesSince, reads = [], required = [], picksOf, elsewhere } = question
  const objects: StoredObject[] = []
  for (const kind of configKinds) objects.push(...(await loadObjects(tx, kind)))
  const read = [...reads, ...attributesRead(objects.filter(({ kind }) => kind === 'Attribute'))]
  // A default that goes leaves those who have no value of their own.
  const needed = [...required, ...objects.flatMap(withDefault)]
  return {
    objects,
    people: await loadPeople(tx, [...read, ...needed]),
    rows: await loadRows(tx),
    members: await loadMembers(tx),
    losses: await loadLosses(tx, lossesSince),
    bans: await loadBans(tx),
    terms: await loadTerms(tx),
    gone: await loadGone(tx),
    heldValues: await loadHeldValues(tx, needed),
    memberValues: await loadMemberValues(tx, read),
    derivedClaims: await loadDerivedClaims(tx),
    ...(await loadPicks(tx, picksOf?.(objects) ?? [])),
    ...(await loadPlacedValues(tx, elsewhere?.(objects) ?? [])),
    applied: await readApplied(tx),
  }
}

/** The commit each scope was last brought to. */
export async function readApplied(db: Db): Promise<Readonly<Record<string, string>>> {
  const { rows } = await db.query<{ scope: string; commit: string }>('select scope, commit from applied order by scope')
  return Object.fromEntries(rows.map(({ scope, commit }) => [scope, commit]))
}

function withDefault(object: StoredObject): string[] {
  return isKind(object, 'Attribute') && object.spec.default !== undefined ? [object.name] : []
}

/** Attributes that the planner asks for: required by a VO or service (before and after `use`), unique, or read by a rule ($1: of the commit). */
const askedAttributes = `
  select jsonb_array_elements_text(coalesce(spec->'requires'->'attributes', '[]')) as attribute from vo
  union select jsonb_array_elements_text(coalesce(spec->'requires', '[]')) from service
  union select n.value from facility, jsonb_each_text(coalesce(facility.spec->'use', '{}')) as n
  union select attribute from unique_attribute
  union select unnest(reads) from rule
  union select unnest($1::text[])`

async function loadPeople(db: Db, reads: readonly string[]): Promise<Person[]> {
  const { rows } = await db.query<{ ids: string | null; first: string | null; more: Record<string, string[]> | null }>(
    `select string_agg(id::text, ',' order by id) as ids, json_agg(identities[1] order by id)::text as first,
       json_object_agg(id, identities) filter (where cardinality(identities) > 1) as more
     from person where identities <> '{}'`,
  )
  const { ids, first, more } = rows[0] ?? { ids: null, first: null, more: null }
  const names: unknown = JSON.parse(first ?? '[]')
  const values = await loadUserValues(db, reads)
  const sightings = await loadSightings(db)
  return numbersIn(ids ?? '').map((id, index) => {
    const person = { id, identities: more?.[id] ?? [textAt(names, index)], attributes: values.get(id) ?? none }
    const seen = sightings.get(id)
    return seen === undefined ? person : { ...person, seen }
  })
}

async function loadSightings(db: Db): Promise<ReadonlyMap<number, readonly SeenIdentity[]>> {
  const { rows } = await db.query<{ person: number; identity: string; loa: number; at: Date }>(
    'select person_id as person, ref as identity, loa, seen_at as at from identity where loa is not null order by ref',
  )
  const byPerson = new Map<number, SeenIdentity[]>()
  for (const { person, ...seen } of rows) {
    const list = byPerson.get(person) ?? []
    byPerson.set(person, list)
    list.push(seen)
  }
  return byPerson
}

const none: Person['attributes'] = {}

async function loadUserValues(
  db: Db,
  reads: readonly string[],
): Promise<ReadonlyMap<number, Readonly<Record<string, JsonValue>>>> {
  const { rows } = await db.query<{ attribute: string; subjects: string; values: readonly JsonValue[] }>(
    `select v.attribute, string_agg(v.subject::text, ',' order by v.subject) as subjects,
       json_agg(v.value order by v.subject) as values
     from attribute_value v
     where v.attribute in (${askedAttributes}) and v.attribute like 'user.%'
     group by 1 order by 1`,
    [reads],
  )
  const byPerson = new Map<number, Record<string, JsonValue>>()
  for (const { attribute, subjects, values } of rows) {
    for (const [index, subject] of numbersIn(subjects).entries()) {
      const held = byPerson.get(subject) ?? {}
      byPerson.set(subject, held)
      held[attribute] = values[index] ?? null
    }
  }
  return byPerson
}

async function loadMemberValues(db: Db, reads: readonly string[]): Promise<NonNullable<State['memberValues']>> {
  const { rows } = await db.query<NonNullable<State['memberValues']>[number]>(
    `select v.attribute, v.subject as "user", vo.name as vo, v.value
     from (select unnest(reads) as attribute from rule union select unnest($1::text[])) asked
     join attribute_value v on v.attribute = asked.attribute
     join vo on vo.id = v.object
     where asked.attribute like 'member.%'
     order by 1, 3, 2`,
    [reads],
  )
  return rows
}

/** Everything the rows of one kind share, and which group (0 for the VO itself) and person each is of. */
interface RowsOfOneKind extends Pick<MembershipRow, 'vo' | 'origin' | 'status'> {
  readonly origin_name: string
  readonly expires: string | null
  readonly attributes: JsonObject | null
  readonly groups: string
  readonly users: string
}

async function loadRows(db: Db): Promise<MembershipRow[]> {
  const names = await loadGroupNames(db)
  const { rows } = await db.query<RowsOfOneKind>(
    `select vo.name as vo, m.*
     from (
       select vo_id, origin, origin_name, status, expires::text as expires, attributes,
         string_agg(coalesce(group_id, 0)::text, ',') as groups, string_agg(person_id::text, ',') as users
       from membership group by 1, 2, 3, 4, 5, 6
     ) m
     join vo on vo.id = m.vo_id
     order by 1, 2, 3, 4, 5, 6`,
  )
  return rows.flatMap(({ vo, origin, origin_name: originName, status, expires, attributes, ...lists }) => {
    const groups = numbersIn(lists.groups)
    // Written out in full: spreading what the rows share takes a hundred times as long.
    return numbersIn(lists.users).map((user, index): MembershipRow => {
      const group = names.get(groups[index] ?? 0)
      if (attributes !== null)
        return {
          ...{ vo, user, origin, originName, status, attributes },
          ...given('group', group),
          ...given('expires', expires),
        }
      if (expires !== null) return { ...{ vo, user, origin, originName, status, expires }, ...given('group', group) }
      return group === undefined
        ? { vo, user, origin, originName, status }
        : { vo, group, user, origin, originName, status }
    })
  })
}

async function loadGroupNames(db: Db): Promise<ReadonlyMap<number, string>> {
  const { rows } = await db.query<{ ids: readonly number[]; names: readonly string[] }>(
    'select json_agg(id) as ids, json_agg(name) as names from groups having count(*) > 0',
  )
  return new Map(rows.flatMap(({ ids, names }) => ids.map((id, index) => [id, names[index] ?? ''] as const)))
}

async function loadMembers(db: Db): Promise<VoMember[]> {
  const { rows } = await db.query<{ vo: string; status: VoMember['status']; by_person: boolean; users: string }>(
    `select vo.name as vo, m.status, is_by_person(m.ended_by) as by_person,
       string_agg(m.person_id::text, ',') as users
     from member m join vo on vo.id = m.vo_id
     group by 1, 2, 3 order by 1, 2, 3`,
  )
  return rows.flatMap(({ vo, status, by_person: byPerson, users }) =>
    numbersIn(users).map((user): VoMember =>
      byPerson ? { vo, user, status, endedByPerson: true } : { vo, user, status },
    ),
  )
}

async function loadLosses(db: Db, since: Date): Promise<RecordedLoss[]> {
  const { rows } = await db.query<{ kind: WatchedSet['kind']; vo: string; name: string; person_id: number }>(
    'select kind, vo, name, person_id from loss where at >= $1 order by kind, vo, name, person_id',
    [since],
  )
  return rows.map(({ kind, vo, name, person_id }) => ({ set: watchedSet(kind, vo, name), user: person_id }))
}

async function loadBans(db: Db): Promise<Ban[]> {
  const { rows } = await db.query<{ person_id: number; kind: Ban['from']['kind']; id: number }>(
    `select person_id, case when vo_id is not null then 'VO' when resource_id is not null then 'Resource' else 'Facility' end as kind,
       coalesce(vo_id, resource_id, facility_id) as id
     from ban order by ban.id`,
  )
  return rows.map(({ person_id: user, kind, id }) => ({ user, from: { kind, id } }))
}

async function loadGone(db: Db): Promise<State['gone']> {
  const { rows: values } = await db.query<State['gone']['values'][number]>(
    `select attribute, encode(hash, 'hex') as hash, person_id as "user" from retired_value
     where attribute like 'user.%' order by 1, 2`,
  )
  const { rows } = await db.query<{ hash: string }>(
    `select encode(hash, 'hex') as hash from erased_identity order by 1`,
  )
  return { values, identities: rows.map(({ hash }) => hash) }
}

async function loadHeldValues(db: Db, required: readonly string[]): Promise<State['heldValues']> {
  const { rows } = await db.query<{ attribute: string; user: number; of: string }>(
    `select v.attribute, v.subject as "user", ${nameOfPlace} as of
     from attribute_value v ${placeOfValue}
     where (v.attribute in (select attribute from personal_attribute) or v.attribute = any($1)) and v.attribute not like 'user.%'
       and ${nameOfPlace} is not null
     order by 1, 3, 2`,
    [required],
  )
  return rows
}

function textAt(list: unknown, index: number): string {
  const text: unknown = Array.isArray(list) ? list[index] : undefined
  return typeof text === 'string' ? text : ''
}

import { configKinds, type ConfigKind, type StoredObject } from '../core/model/config-object.ts'
import type { JsonValue } from '../core/model/json.ts'
import type { MembershipRow, Person, RecordedLoss, State, VoMember, WatchedSet } from '../core/model/state.ts'
import { liesInVo, objectTables } from './object-tables.ts'
import type { Db } from './pool.ts'

/** What a document's row looks like to us; the spec was checked by its schema before it was written. */
interface ObjectRow {
  readonly id: number
  readonly vo: string | null
  readonly name: string
  readonly title: string | null
  readonly description: string | null
  readonly spec: never
  readonly governs_members: boolean
  readonly file: string
  readonly line: number
  readonly column_no: number
}

/**
 * Reads everything the planner compares a commit with. Long lists come as one text per group of equal rows: a row
 * object per membership would take four times as long.
 */
export async function loadState(db: Db, { lossesSince }: { readonly lossesSince: Date }): Promise<State> {
  const objects: StoredObject[] = []
  for (const kind of configKinds) objects.push(...(await loadObjects(db, kind)))
  return {
    objects,
    people: await loadPeople(db),
    rows: await loadRows(db),
    members: await loadMembers(db),
    losses: await loadLosses(db, lossesSince),
    heldValues: await loadHeldValues(db),
    applied: await readApplied(db),
  }
}

/** The commit each scope was last brought to. */
export async function readApplied(db: Db): Promise<Readonly<Record<string, string>>> {
  const { rows } = await db.query<{ scope: string; commit: string }>('select scope, commit from applied order by scope')
  return Object.fromEntries(rows.map(({ scope, commit }) => [scope, commit]))
}

async function loadObjects(db: Db, kind: ConfigKind): Promise<StoredObject[]> {
  const inVo = liesInVo(kind)
  const { rows } = await db.query<ObjectRow>(
    `select o.id, ${inVo ? 'vo.name' : 'null'} as vo, o.name, o.title, o.description, o.spec, o.governs_members,
       o.file, o.line, o.column_no
     from ${objectTables[kind]} o ${inVo ? 'join vo on vo.id = o.vo_id' : ''}
     ${kind === 'Group' ? 'where not o.is_members' : ''}
     order by 2, o.name`,
  )
  return rows.map((row) => objectOf(kind, row))
}

function objectOf(kind: ConfigKind, row: ObjectRow): StoredObject {
  const { id, vo, name, title, description, spec } = row
  return {
    ...{ kind, id, name, spec, governsMembers: row.governs_members },
    ...(vo === null ? {} : { vo }),
    ...(title === null ? {} : { title }),
    ...(description === null ? {} : { description }),
    at: { file: row.file, line: row.line, column: row.column_no },
  }
}

/** Attributes that the planner asks for: required by a VO or service (before and after `use`), or unique. */
const askedAttributes = `
  select jsonb_array_elements_text(coalesce(spec->'requires'->'attributes', '[]')) as attribute from vo
  union select jsonb_array_elements_text(coalesce(spec->'requires', '[]')) from service
  union select n.value from facility, jsonb_each_text(coalesce(facility.spec->'use', '{}')) as n
  union select attribute from unique_attribute`

async function loadPeople(db: Db): Promise<Person[]> {
  const { rows } = await db.query<{ ids: string | null; identities: readonly (readonly string[])[] | null }>(
    `select string_agg(id::text, ',' order by id) as ids,
       '[' || string_agg(array_to_json(identities)::text, ',' order by id) || ']' as identities
     from person where identities <> '{}'`,
  )
  const identities: unknown = JSON.parse(String(rows[0]?.identities ?? '[]'))
  const values = await loadUserValues(db)
  return numbersIn(rows[0]?.ids ?? '').map((id, index) => ({
    id,
    identities: stringsAt(identities, index),
    attributes: values.get(id) ?? {},
  }))
}

async function loadUserValues(db: Db): Promise<ReadonlyMap<number, Readonly<Record<string, JsonValue>>>> {
  const { rows } = await db.query<{ attribute: string; subjects: string; values: readonly JsonValue[] }>(
    `select v.attribute, string_agg(v.subject::text, ',' order by v.subject) as subjects,
       json_agg(v.value order by v.subject) as values
     from attribute_value v
     where v.attribute in (${askedAttributes}) and v.attribute like 'user.%'
     group by 1 order by 1`,
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

async function loadRows(db: Db): Promise<MembershipRow[]> {
  const { rows } = await db.query<
    Omit<MembershipRow, 'user' | 'group' | 'originName' | 'expires'> & {
      readonly group: string | null
      readonly origin_name: string
      readonly expires: string | null
      readonly users: string
    }
  >(
    `select vo.name as vo, g.name as "group", m.origin, m.origin_name, m.status, m.expires::text as expires, m.users
     from (
       select vo_id, group_id, origin, origin_name, status, expires, string_agg(person_id::text, ',') as users
       from membership group by 1, 2, 3, 4, 5, 6
     ) m
     join vo on vo.id = m.vo_id
     left join groups g on g.id = m.group_id
     order by vo.name, g.name nulls first, m.origin, m.origin_name`,
  )
  return rows.flatMap(({ vo, group, origin, origin_name, status, expires, users }) => {
    const shared = {
      ...{ vo, origin, originName: origin_name, status },
      ...(group === null ? {} : { group }),
      ...(expires === null ? {} : { expires }),
    }
    return numbersIn(users).map((user): MembershipRow => ({ ...shared, user }))
  })
}

async function loadMembers(db: Db): Promise<VoMember[]> {
  const { rows } = await db.query<{ vo: string; status: VoMember['status']; users: string }>(
    `select vo.name as vo, m.status, string_agg(m.person_id::text, ',') as users
     from member m join vo on vo.id = m.vo_id
     group by vo.name, m.status order by vo.name, m.status`,
  )
  return rows.flatMap(({ vo, status, users }) => numbersIn(users).map((user): VoMember => ({ vo, user, status })))
}

async function loadLosses(db: Db, since: Date): Promise<RecordedLoss[]> {
  const { rows } = await db.query<{ kind: WatchedSet['kind']; vo: string; name: string; person_id: number }>(
    'select kind, vo, name, person_id from loss where at >= $1 order by kind, vo, name, person_id',
    [since],
  )
  return rows.map(({ kind, vo, name, person_id }) => ({ set: watchedSet(kind, vo, name), user: person_id }))
}

function watchedSet(kind: WatchedSet['kind'], vo: string, name: string): WatchedSet {
  switch (kind) {
    case 'vo':
      return { kind, vo: name }
    case 'facility':
      return { kind, name }
    default:
      return { kind, vo, name }
  }
}

async function loadHeldValues(db: Db): Promise<State['heldValues']> {
  const { rows } = await db.query<{ attribute: string; user: number; of: string }>(
    `select v.attribute, v.subject as "user", coalesce(vo.name, f.name) as of
     from attribute_value v
     left join vo on v.attribute like 'member.%' and vo.id = v.object
     left join facility f on v.attribute like 'user-facility.%' and f.id = v.object
     where v.attribute in (select attribute from personal_attribute) and v.attribute not like 'user.%'
       and coalesce(vo.name, f.name) is not null
     order by 1, 3, 2`,
  )
  return rows
}

function numbersIn(text: string): number[] {
  return text === '' ? [] : text.split(',').map(Number)
}

function stringsAt(lists: unknown, index: number): readonly string[] {
  const list: unknown = Array.isArray(lists) ? lists[index] : undefined
  return Array.isArray(list) ? list.filter((entry) => typeof entry === 'string') : []
}

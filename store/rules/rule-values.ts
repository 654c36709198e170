import type { Values } from '../../core/expressions/compile.ts'
import { isOfMembers } from '../../core/expressions/rules.ts'
import type { JsonValue } from '../../core/model/json.ts'
import type { Db } from '../pool.ts'
import type { GroupRule, Rules } from './read-rules.ts'

/** The people to whom rules are put, with what rules read of them. */
export interface RuleValues {
  /** Who may be in the group. */
  candidates(rule: GroupRule): readonly number[]
  valuesOf(rule: GroupRule, person: number): Values
}

/** Reads what these rules ask of some people, in a few statements whatever their number. */
export async function readValues(db: Db, { rules, defaults }: Rules, persons: readonly number[]): Promise<RuleValues> {
  const reads = [...new Set(rules.flatMap(({ expression }) => expression.reads))]
  const { rows: people } = await db.query<{ id: number; identities: string[] }>(
    `select id, identities from person where id = any($1) and identities <> '{}' order by id`,
    [persons],
  )
  const identities = new Map(people.map((person) => [person.id, person.identities.toSorted()]))
  const everybody = people.map(({ id }) => id)
  const members = await readMembers(db, rules, persons)
  const stored = await readStored(db, reads, persons)
  const levels = reads.includes('user.loas') ? await readLevels(db, rules, persons) : new Map<string, JsonValue>()
  const groups = reads.includes('user.groups') ? await readGroups(db, rules, persons) : new Map<string, Set<number>>()
  const valueOf = (rule: GroupRule, name: string, person: number): JsonValue | undefined => {
    switch (name) {
      case 'user.identities':
        return identities.get(person)
      case 'user.loas':
        return levels.get(`${rule.zone} ${rule.today} ${person}`)
      case 'user.groups':
        return askedBy(rule).filter((group) => groups.get(group)?.has(person))
      default: {
        const object = name.startsWith('user.') ? 0 : rule.voId
        return stored.get(`${name} ${person} ${object}`) ?? defaults.get(name)
      }
    }
  }
  return {
    candidates: (rule) => (isOfMembers(rule.expression) ? (members.get(rule.voId) ?? []) : everybody),
    valuesOf: (rule, person) =>
      Object.fromEntries(rule.expression.reads.map((name) => [name, valueOf(rule, name, person)])),
  }
}

function askedBy({ expression }: GroupRule): readonly string[] {
  return expression.groups === 'any' ? [] : expression.groups
}

async function readMembers(
  db: Db,
  rules: readonly GroupRule[],
  persons: readonly number[],
): Promise<ReadonlyMap<number, readonly number[]>> {
  const vos = rules.filter(({ expression }) => isOfMembers(expression)).map(({ voId }) => voId)
  if (vos.length === 0) return new Map()
  const { rows } = await db.query<{ vo: number; persons: number[] }>(
    `select vo_id as vo, array_agg(person_id order by person_id) as persons from member
     where vo_id = any($1) and person_id = any($2) group by 1`,
    [vos, persons],
  )
  return new Map(rows.map((row) => [row.vo, row.persons]))
}

async function readStored(
  db: Db,
  reads: readonly string[],
  persons: readonly number[],
): Promise<ReadonlyMap<string, JsonValue>> {
  const { rows } = await db.query<{ attribute: string; subject: number; object: number; value: JsonValue }>(
    'select attribute, subject, object, value from attribute_value where attribute = any($1) and subject = any($2)',
    [reads, persons],
  )
  return new Map(rows.map(({ attribute, subject, object, value }) => [`${attribute} ${subject} ${object}`, value]))
}

/** By zone, day and person. */
async function readLevels(
  db: Db,
  rules: readonly GroupRule[],
  persons: readonly number[],
): Promise<ReadonlyMap<string, JsonValue>> {
  const days = rules.map(({ zone, today }) => ({ zone, today }))
  const { rows } = await db.query<{ key: string; loas: number[] }>(
    `select d.zone || ' ' || d.today || ' ' || l.person as key, array_agg(distinct l.loa order by l.loa) as loas
     from (select distinct zone, today from json_to_recordset($1::json) as x(zone text, today text)) d
     cross join lateral (
       select p.id as person, level.loa
       from unnest($2::integer[]) p(id) cross join lateral levels_on(p.id, d.today::date, d.zone) level
     ) l
     group by 1`,
    [JSON.stringify(days), persons],
  )
  const none = days.flatMap(({ zone, today }) => persons.map((person) => [`${zone} ${today} ${person}`, []] as const))
  return new Map<string, JsonValue>([...none, ...rows.map(({ key, loas }) => [key, loas] as const)])
}

/** Who is in the groups asked for by a VALID row, and was not thrown out of the VO by somebody. */
async function readGroups(
  db: Db,
  rules: readonly GroupRule[],
  persons: readonly number[],
): Promise<ReadonlyMap<string, ReadonlySet<number>>> {
  const { rows } = await db.query<{ group: string; persons: number[] }>(
    `select vo.name || '/' || g.name as "group", array_agg(m.person_id) as persons
     from vo join groups g on g.vo_id = vo.id
     cross join lateral group_with_below(g.id) c
     join membership m on m.group_id = c.below and m.status = 'VALID' and m.person_id = any($2)
     left join member mb on (mb.vo_id, mb.person_id) = (vo.id, m.person_id)
     where vo.name || '/' || g.name = any($1) and not is_by_person(mb.ended_by)
     group by 1`,
    [rules.flatMap(askedBy), persons],
  )
  return new Map(rows.map((row) => [row.group, new Set(row.persons)]))
}

import type { ApprovalStep } from '../../../schemas/generated/config.ts'
import { compileRule, namesOfRules } from '../../../core/expressions/rules.ts'
import type { JsonValue } from '../../../core/model/json.ts'
import type { Db } from '../../pool.ts'
import type { GroupRule } from '../../rules/read-rules.ts'
import { readValues } from '../../rules/rule-values.ts'
import { readTypes } from './read-target.ts'

/** Where applications wait for a decision: a step of the form of a VO or group, opened to those it escalates to or not. */
export interface Desk {
  readonly vo: number
  readonly group: number | null
  readonly step: ApprovalStep
  readonly isEscalated: boolean
}

interface DeskRow {
  readonly name: string
  readonly today: string
  readonly zone: string
  /** Named by the step. */
  readonly persons: readonly number[]
  /** Of whom an expression may be true. */
  readonly members: readonly number[]
  readonly banned: readonly number[]
  readonly admins: readonly number[]
}

/**
 * Tells who is to be told of what waits at each of some desks, in their order: those whom the step names, of an expression the members
 * of the VO for whom it holds, and where that is nobody the admins of the instance. Nobody who is banned from the VO. The number of
 * statements does not depend on that of people.
 */
export async function staffDesks(db: Db, desks: readonly Desk[], now: Date): Promise<readonly (readonly number[])[]> {
  if (desks.length === 0) return []
  const { rows } = await db.query<DeskRow>(
    `select vo.name, here.zone, day_of($2, here.zone)::text as today,
       array(select people_among(holders_in_step(d.step, vo.id, d."group", d.escalated), vo.name)) as persons,
       case when d.step->'by' ? 'where' then array(
         select mb.person_id from member mb where mb.vo_id = vo.id and mb.status = 'VALID') else '{}' end as members,
       array(select b.person_id from ban b where b.vo_id = vo.id) as banned,
       array(select people_among(i.spec->'admins', '') from instance i) as admins
     from json_to_recordset($1::json) as d(place integer, vo integer, "group" integer, step jsonb, escalated boolean)
     join vo on vo.id = d.vo
     cross join lateral (select zone_of(vo.id) as zone) here order by d.place`,
    [JSON.stringify(desks.map(({ isEscalated, ...desk }, place) => ({ ...desk, place, escalated: isEscalated }))), now],
  )
  const satisfying = await satisfied(db, desks, rows)
  return rows.map(({ persons, banned, admins }, place) => {
    const allowed = (list: readonly number[]): number[] => list.filter((person) => !banned.includes(person))
    const named = allowed([...persons, ...(satisfying[place] ?? [])])
    return [...new Set(named.length > 0 ? named : allowed(admins))]
  })
}

/** For whom the expression of each desk holds; each is evaluated once for each VO. */
async function satisfied(
  db: Db,
  desks: readonly Desk[],
  rows: readonly DeskRow[],
): Promise<readonly (readonly number[])[]> {
  if (rows.every(({ members }) => members.length === 0)) return []
  const types = await readTypes(db)
  const names = namesOfRules(types)
  const rules = new Map<string, GroupRule>()
  const keys = desks.map(({ vo, step: { by } }, place) => {
    const row = rows[place]
    if (row === undefined || typeof by !== 'object' || !('where' in by)) return undefined
    const { name, today, zone } = row
    const key = `${name} ${by.where}`
    const expression = compileRule(by.where, names)
    if (!('fault' in expression))
      rules.set(key, { group: key, groupId: 0, voId: vo, vo: name, today, zone, expression })
    return key
  })
  const persons = [...new Set(rows.flatMap(({ members }) => members))]
  const values = await readValues(db, { rules: [...rules.values()], defaults: await readDefaults(db) }, persons)
  return keys.map((key, place) => {
    const rule = key === undefined ? undefined : rules.get(key)
    if (rule === undefined) return []
    return (rows[place]?.members ?? []).filter((person) => {
      const outcome = rule.expression.evaluate(values.valuesOf(rule, person))
      return outcome.kind === 'value' && outcome.value === true
    })
  })
}

async function readDefaults(db: Db): Promise<ReadonlyMap<string, JsonValue>> {
  const { rows } = await db.query<{ name: string; value: JsonValue }>(
    `select name, spec->'default' as value from attribute_definition where spec ? 'default'`,
  )
  return new Map(rows.map(({ name, value }) => [name, value]))
}

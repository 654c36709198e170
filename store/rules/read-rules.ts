import { compileRule, namesOfRules, orderRules, type Rule } from '../../core/expressions/rules.ts'
import type { AttributeType, Names } from '../../core/expressions/names.ts'
import type { JsonValue } from '../../core/model/json.ts'
import type { Db } from '../pool.ts'

/** A group that a rule fills. */
export interface GroupRule extends Rule {
  readonly groupId: number
  readonly voId: number
  readonly vo: string
  /** The day in the time zone of the VO for which levels are asked. */
  readonly today: string
  readonly zone: string
}

/** The rules in force, each after those it depends on, and the defaults of what they read. */
export interface Rules {
  readonly rules: readonly GroupRule[]
  readonly defaults: ReadonlyMap<string, JsonValue>
}

interface RuleRow extends Omit<GroupRule, 'expression'> {
  readonly where: string
}

/**
 * Reads the rules in force that read one of these names, all of them where no names are given. None is put to a day before the
 * one up to which it has followed levels that count no more.
 */
export async function readRules(db: Db, at: Date, reading?: readonly string[]): Promise<Rules> {
  const { rows } = await db.query<RuleRow>(
    `select r.group_id as "groupId", vo.id as "voId", vo.name as vo, vo.name || '/' || g.name as "group",
       g.spec->>'where' as where, day_of(greatest($1, r.followed), zone_of(vo.id))::text as today, zone_of(vo.id) as zone
     from rule r join groups g on g.id = r.group_id join vo on vo.id = g.vo_id
     where $2::text[] is null or exists (select from rule o where o.reads && $2)
     order by vo.name, g.name`,
    [at, reading ?? null],
  )
  if (rows.length === 0) return { rules: [], defaults: new Map() }
  const { rows: declared } = await db.query<{ name: string; type: AttributeType; value: JsonValue | null }>(
    `select name, spec->>'type' as type, spec->'default' as value from attribute_definition order by 1`,
  )
  const compiled = compileAll(rows, namesOf(declared))
  const rules = rows.flatMap(({ where, ...rule }) => {
    const expression = compiled.get(where)
    return expression === undefined || 'fault' in expression ? [] : [{ ...rule, expression }]
  })
  return {
    rules: orderRules(rules, await closureAmong(db, rules)).order,
    defaults: new Map(declared.flatMap(({ name, value }) => (value === null ? [] : [[name, value] as const]))),
  }
}

type Compiled = ReturnType<typeof compileRule>

/** What was made last: between two commits the attributes and the rules are the same. */
const made: { key: string; names: Names; rules: ReadonlyMap<string, Compiled> } = {
  key: '',
  names: new Map(),
  rules: new Map(),
}

function compileAll(rows: readonly RuleRow[], names: Names): ReadonlyMap<string, Compiled> {
  const compiled = new Map<string, Compiled>()
  for (const { where } of rows) compiled.set(where, made.rules.get(where) ?? compileRule(where, names))
  made.rules = compiled
  return compiled
}

function namesOf(declared: readonly { readonly name: string; readonly type: AttributeType }[]): Names {
  const pairs = declared.map(({ name, type }) => [name, type] as const)
  const key = JSON.stringify(pairs)
  if (made.key !== key) Object.assign(made, { key, names: namesOfRules(pairs), rules: new Map() })
  return made.names
}

/** The groups that lie in each one that a rule asks for, whatever has come to an end: their rows are there. */
async function closureAmong(db: Db, rules: readonly Rule[]): Promise<(group: string) => readonly string[]> {
  const asked = rules.flatMap(({ expression }) => (expression.groups === 'any' ? [] : expression.groups))
  if (asked.length === 0) return () => []
  const { rows } = await db.query<{ above: string; below: string[] }>(
    `select v.name || '/' || a.name as above, array_agg(v.name || '/' || b.name) as below
     from groups a join vo v on v.id = a.vo_id
     cross join lateral group_with_below(a.id) c join groups b on b.id = c.below
     where v.name || '/' || a.name = any($1) group by 1`,
    [asked],
  )
  const below = new Map(rows.map((row) => [row.above, row.below]))
  return (group) => below.get(group) ?? []
}

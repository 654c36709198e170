import { isKind, type DesiredObject } from '../../../core/model/config-object.ts'
import { attributesRead } from '../../../core/plan/rule-inputs.ts'
import type { Tx } from '../../pool.ts'

/** Notes which of these groups a rule fills, what the rule reads and where it stands; the others have none any more. */
export async function writeRules(tx: Tx, groups: readonly DesiredObject[], asOf: Date): Promise<void> {
  if (groups.length === 0) return
  await tx.query(
    `with asked as materialized (
       select g.id, x.has_rule, x.reads, x.file, x.line
       from json_to_recordset($1::json) as x(vo text, name text, has_rule boolean, reads text[], file text, line integer)
       join vo on vo.name = x.vo join groups g on g.vo_id = vo.id and g.name = x.name
     ), gone as (
       delete from rule using asked where rule.group_id = asked.id and not asked.has_rule
     )
     insert into rule (group_id, reads, file, line, followed)
     select id, reads, file, line, $2 from asked where has_rule
     on conflict (group_id) do update
     set reads = excluded.reads, file = excluded.file, line = excluded.line, followed = excluded.followed`,
    [JSON.stringify(groups.map(columnsOf)), asOf],
  )
}

/** Names where each rule stands now, and of its rows where they come from. */
export async function updateRulePositions(tx: Tx, objects: readonly DesiredObject[]): Promise<void> {
  const ruled = objects.map(columnsOf).filter(({ has_rule: hasRule }) => hasRule)
  if (ruled.length === 0) return
  await tx.query(
    `with moved as (
       update rule set file = x.file, line = x.line
       from json_to_recordset($1::json) as x(vo text, name text, file text, line integer)
       join vo on vo.name = x.vo join groups g on g.vo_id = vo.id and g.name = x.name
       where rule.group_id = g.id and (rule.file, rule.line) is distinct from (x.file, x.line)
       returning rule.*
     )
     update membership m set file = moved.file, line = moved.line
     from moved where m.group_id = moved.group_id and m.origin = 'rule'`,
    [JSON.stringify(ruled)],
  )
}

function columnsOf(object: DesiredObject) {
  const { vo, name, at, whereAt = at } = object
  const hasRule = isKind(object, 'Group') && object.spec.where !== undefined
  return { vo, name, has_rule: hasRule, reads: attributesRead([object]), file: whereAt.file, line: whereAt.line }
}

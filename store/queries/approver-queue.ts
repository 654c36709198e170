import { compileCondition, namesOfForm } from '../../core/forms/expressions.ts'
import type { IdentityRef } from '../../core/model/state.ts'
import { readPersonValues } from '../changes/applications/person-values.ts'
import { readTypes } from '../changes/applications/read-target.ts'
import type { Db } from '../pool.ts'

interface Candidate {
  readonly id: number
  readonly vo: number
  readonly today: string
  /** Null for those in whose step the person is named. */
  readonly where: string | null
}

/**
 * Lists the numbers of the applications that wait for a decision of this person: those in whose open step they may decide, but
 * not their own and none that they approved as it is now.
 */
export async function listWaitingFor(
  db: Db,
  { identity, now }: { readonly identity: IdentityRef; readonly now: Date },
): Promise<number[]> {
  const { rows } = await db.query<Candidate>(
    `with me as (select person_id as id from identity where ref = $1),
     open as (
       select a.id, vo.id as vo, vo.name as vo_name, vo.spec as vo_spec, g.spec as group_spec, me.id as person,
         ($2::timestamptz at time zone zone_of(vo.id))::date::text as today,
         coalesce(f.spec->'approval'->'steps', '[{"by":"managers"}]')->a.step as step, a.escalated_at is not null as is_escalated
       from me cross join application a join vo on vo.id = a.vo_id join form f on f.id = a.form_id
       left join groups g on g.id = a.group_id
       where a.state = 'open' and a.identity <> $1 and a.person_id is distinct from me.id
         and not exists (select from identity own where own.ref = a.identity and own.person_id = me.id)
         and not exists (select from ban b where b.vo_id = vo.id and b.person_id = me.id)
         and not exists (
           select from application_act t where t.application_id = a.id and t.person_id = me.id and t.act = 'approve'
             and t.outcome = 'done' and (t.version, t.policy) = (a.version, a.policy))
     ),
     judged as (
       select o.*, exists (select from instance where is_among(spec->'admins', '', o.person))
         or case jsonb_typeof(step->'by')
              when 'string' then is_among(vo_spec->(step->>'by'), vo_name, person) or coalesce(is_among(group_spec->(step->>'by'), vo_name, person), false)
              else not (step->'by' ? 'where') and is_among(jsonb_build_array(step->'by'), vo_name, person) end
         or (is_escalated and step ? 'escalateTo' and is_among(jsonb_build_array(step->'escalateTo'), vo_name, person)) as is_named
       from open o
     )
     select id, vo, today, case when is_named then null else step->'by'->>'where' end as "where"
     from judged where is_named or step->'by' ? 'where' order by id`,
    [identity, now],
  )
  const allowed = await satisfied(db, identity, rows)
  return rows.filter((row) => row.where === null || allowed.has(keyOf(row))).map(({ id }) => id)
}

const keyOf = ({ vo, where }: Candidate): string => `${vo} ${where ?? ''}`

/** Each expression is evaluated once for each VO, however many applications wait for it. */
async function satisfied(db: Db, identity: IdentityRef, rows: readonly Candidate[]): Promise<ReadonlySet<string>> {
  const asked = new Map(
    rows.flatMap((row) => (row.where === null ? [] : [[keyOf(row), { ...row, where: row.where }] as const])),
  )
  if (asked.size === 0) return new Set()
  const names = namesOfForm([], await readTypes(db))
  const allowed = new Set<string>()
  for (const [key, { vo, today, where }] of asked) {
    const compiled = compileCondition(where, names)
    if ('fault' in compiled) continue
    const outcome = compiled.evaluate(await readPersonValues(db, { identity, vo, today }))
    if (outcome.kind === 'value' && outcome.value === true) allowed.add(key)
  }
  return allowed
}

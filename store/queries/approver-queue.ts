import { compileCondition, namesOfForm } from '../../core/forms/expressions.ts'
import type { IdentityRef } from '../../core/model/state.ts'
import { readPersonValues } from '../changes/applications/person-values.ts'
import { readTypes } from '../changes/applications/read-target.ts'
import type { Db } from '../pool.ts'

interface Candidate {
  readonly id: number
  readonly vo: number
  readonly today: string
  /** Whose right it would be: the person's own, or that of one they stand in for; a decision of their own is told apart. */
  readonly identity: IdentityRef
  readonly isOwn: boolean
  /** Null for those in whose step that one is named. */
  readonly where: string | null
}

/**
 * Lists the numbers of the applications that wait for a decision of this person: those in whose open step they may decide, by
 * themselves or for whom they stand in for, but not their own, none that one of the two approved as it is now, and none of who
 * would have them decide for themselves.
 */
export async function listWaitingFor(
  db: Db,
  { identity, now }: { readonly identity: IdentityRef; readonly now: Date },
): Promise<number[]> {
  const { rows } = await db.query<Candidate>(
    `with me as (select person_id as id from identity where ref = $1),
     voice as (
       select id as person, null::integer as vo_id, null::integer as application_id from me
       union
       select d.delegator_id, d.vo_id, d.application_id from me join delegation_at($2) d on d.delegate_id = me.id
     ), open as (
       select a.id, vo.id as vo, vo.name as vo_name, vo.spec as vo_spec, g.spec as group_spec, me.id as me, voice.person,
         ($2::timestamptz at time zone zone_of(vo.id))::date::text as today,
         coalesce(f.spec->'approval'->'steps', '[{"by":"managers"}]')->a.step as step, a.escalated_at is not null as is_escalated,
         coalesce(a.person_id, (select own.person_id from identity own where own.ref = a.identity)) as applicant
       from me cross join application a join vo on vo.id = a.vo_id join form f on f.id = a.form_id
       join voice on (voice.vo_id is null or voice.vo_id = vo.id) and (voice.application_id is null or voice.application_id = a.id)
       left join groups g on g.id = a.group_id
       where a.state = 'open' and a.identity <> $1
         and not exists (select from ban b where b.vo_id = vo.id and b.person_id in (me.id, voice.person))
         and not exists (
           select from application_act t where t.application_id = a.id and t.act = 'approve' and t.outcome = 'done'
             and (t.person_id in (me.id, voice.person) or t.for_person_id in (me.id, voice.person))
             and (t.version, t.policy) = (a.version, a.policy))
     ),
     judged as (
       select o.*, exists (select from instance where is_among(spec->'admins', '', o.person))
         or case jsonb_typeof(step->'by')
              when 'string' then is_among(vo_spec->(step->>'by'), vo_name, person) or coalesce(is_among(group_spec->(step->>'by'), vo_name, person), false)
              else not (step->'by' ? 'where') and is_among(jsonb_build_array(step->'by'), vo_name, person) end
         or (is_escalated and step ? 'escalateTo' and is_among(jsonb_build_array(step->'escalateTo'), vo_name, person)) as is_named
       from open o where o.applicant is distinct from o.me
     )
     select j.id, j.vo, j.today, p.identities[1] as identity, coalesce(j.applicant = j.person, false) as "isOwn",
       case when is_named then null else step->'by'->>'where' end as "where"
     from judged j join person p on p.id = j.person
     where (is_named or step->'by' ? 'where') and p.identities <> '{}' order by j.id`,
    [identity, now],
  )
  const allowed = await satisfied(db, rows)
  const able = rows.filter((row) => row.where === null || allowed.has(keyOf(row)))
  const own = new Set(able.flatMap(({ id, isOwn }) => (isOwn ? [id] : [])))
  return [...new Set(able.map(({ id }) => id))].filter((id) => !own.has(id))
}

const keyOf = ({ vo, identity, where }: Candidate): string => JSON.stringify([vo, identity, where])

/** Each expression is evaluated once for each VO and whose right it would be, however many applications wait for it. */
async function satisfied(db: Db, rows: readonly Candidate[]): Promise<ReadonlySet<string>> {
  const asked = new Map(
    rows.flatMap((row) => (row.where === null ? [] : [[keyOf(row), { ...row, where: row.where }] as const])),
  )
  if (asked.size === 0) return new Set()
  const names = namesOfForm([], await readTypes(db))
  const allowed = new Set<string>()
  for (const [key, { identity, vo, today, where }] of asked) {
    const compiled = compileCondition(where, names)
    if ('fault' in compiled) continue
    const outcome = compiled.evaluate(await readPersonValues(db, { identity, vo, today }))
    if (outcome.kind === 'value' && outcome.value === true) allowed.add(key)
  }
  return allowed
}

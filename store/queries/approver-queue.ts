import { compileCondition, namesOfForm } from '../../core/forms/expressions.ts'
import type { IdentityRef } from '../../core/model/state.ts'
import { readPersonValues } from '../changes/applications/person-values.ts'
import { readTypes } from '../changes/applications/read-target.ts'
import type { Db } from '../pool.ts'
import { requireKnown } from './require-known.ts'

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
 * would have them decide for themselves. Throws IDENTITY_UNKNOWN.
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
       select a.id, a.vo_id as vo, coalesce(a.group_id, 0) as group_id, me.id as me, voice.person, a.escalated_at is not null as is_escalated,
         coalesce(f.spec->'approval'->'steps', '[{"by":"managers"}]')->a.step as step,
         coalesce(a.person_id, (select own.person_id from identity own where own.ref = a.identity)) as applicant
       from me cross join application a join form f on f.id = a.form_id
       join voice on (voice.vo_id is null or voice.vo_id = a.vo_id) and (voice.application_id is null or voice.application_id = a.id)
       where a.state = 'open' and a.identity <> $1
         and not exists (select from ban b where b.vo_id = a.vo_id and b.person_id in (me.id, voice.person))
         and not exists (
           select from application_act t where t.application_id = a.id and t.act = 'approve' and t.outcome = 'done'
             and (t.person_id in (me.id, voice.person) or t.for_person_id in (me.id, voice.person))
             and (t.version, t.policy) = (a.version, a.policy))
     ),
     desk as materialized (select distinct vo, group_id, step, is_escalated, person from open where applicant is distinct from me),
     -- Once for all that lies where the same people decide.
     judged as materialized (
       select d.*, (($2::timestamptz at time zone zone_of(vo.id))::date)::text as today,
         exists (select from instance where is_among(spec->'admins', '', d.person))
         or case jsonb_typeof(step->'by')
              when 'string' then is_among(vo.spec->(step->>'by'), vo.name, person) or coalesce(is_among(g.spec->(step->>'by'), vo.name, person), false)
              else not (step->'by' ? 'where') and is_among(jsonb_build_array(step->'by'), vo.name, person) end
         or (is_escalated and step ? 'escalateTo' and is_among(jsonb_build_array(step->'escalateTo'), vo.name, person)) as is_named
       from desk d join vo on vo.id = d.vo left join groups g on g.id = d.group_id
     )
     select o.id, o.vo, j.today, p.identities[1] as identity, coalesce(o.applicant = o.person, false) as "isOwn",
       case when is_named then null else j.step->'by'->>'where' end as "where"
     from open o join judged j using (vo, group_id, step, is_escalated, person) join person p on p.id = o.person
     where o.applicant is distinct from o.me and (is_named or j.step->'by' ? 'where') and p.identities <> '{}' order by o.id`,
    [identity, now],
  )
  if (rows.length === 0) await requireKnown(db, 'list what waits for', identity)
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

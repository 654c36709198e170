import type { ApplicationKind, ApplicationState, WaitingFor } from '../../core/applications/application.ts'
import type { JsonObject } from '../../core/model/json.ts'
import type { IdentityRef } from '../../core/model/state.ts'
import type { Db } from '../pool.ts'
import { undecided } from '../undecided.ts'

/** An application as it is listed. */
export interface ListedApplication {
  readonly id: number
  readonly vo: string
  readonly group: string | null
  readonly kind: ApplicationKind
  readonly identity: IdentityRef
  readonly state: ApplicationState
  readonly waitingFor: WaitingFor | null
  readonly version: number
  readonly filedAt: Date
  readonly changedAt: Date
  readonly reason: string | null
}

/** An application with its answers and what was done to it. */
export interface ShownApplication extends ListedApplication {
  /** What a decision has to carry: another one is refused. */
  readonly policy: string
  /** Whether the open step was opened to those it escalates to. */
  readonly isEscalated: boolean
  readonly answers: JsonObject
  readonly acts: readonly ShownAct[]
}

/** What somebody did to an application. */
interface ShownAct {
  readonly act: string
  readonly actor: string
  /** Whom they stood in for. */
  readonly standsFor: IdentityRef | null
  readonly at: Date
  readonly reason: string
  /** `done`, or why nothing came of it; null while it is not settled. */
  readonly outcome: string | null
}

/** Which applications are listed. */
export interface ApplicationFilter {
  readonly vo?: string
  readonly identity?: IdentityRef
  readonly state?: ApplicationState
  /** Without it those that are not decided yet. */
  readonly all?: boolean
  /** Only those with these numbers. */
  readonly ids?: readonly number[]
  readonly atMost: number
}

const columns = `a.id, coalesce(vo.name, a.vo) as vo, coalesce(g.name, a.group_name) as "group", a.kind, a.identity, a.state,
  a.waiting_for as "waitingFor", a.version, a.filed_at as "filedAt", a.changed_at as "changedAt", a.reason`

/** Lists applications, the oldest first. */
export async function listApplications(
  db: Db,
  { vo, identity, state, all = false, ids, atMost }: ApplicationFilter,
): Promise<ListedApplication[]> {
  const { rows } = await db.query<ListedApplication>(
    `select ${columns}
     from application a left join vo on vo.id = a.vo_id left join groups g on g.id = a.group_id
     where ($1::text is null or coalesce(vo.name, a.vo) = $1)
       and ($2::text is null or a.identity = $2 or a.person_id = (select person_id from identity where ref = $2))
       and case when $3::text is not null then a.state::text = $3
         else $4 or a.state in ${undecided} end
       and ($6::integer[] is null or a.id = any($6))
     order by a.id limit $5`,
    [vo ?? null, identity ?? null, state ?? null, all, atMost, ids ?? null],
  )
  return rows
}

/** Shows an application; undefined where there is none. */
export async function showApplication(db: Db, id: number): Promise<ShownApplication | undefined> {
  const { rows } = await db.query<ShownApplication>(
    `select ${columns}, a.policy, a.escalated_at is not null as "isEscalated", coalesce(x.answers, '{}') as answers, coalesce((
       select json_agg(json_build_object('act', t.act, 'actor', t.actor,
         'standsFor', (select p.identities[1] from person p where p.id = t.for_person_id), 'at', t.at, 'reason', t.reason, 'outcome', t.outcome) order by t.id)
       from application_act t where t.application_id = a.id), '[]') as acts
     from application a left join vo on vo.id = a.vo_id left join groups g on g.id = a.group_id
     left join application_answers x on (x.application_id, x.version) = (a.id, a.version)
     where a.id = $1`,
    [id],
  )
  const [found] = rows
  return found === undefined
    ? undefined
    : { ...found, acts: found.acts.map((act) => ({ ...act, at: new Date(act.at) })) }
}

/** Lists the numbers of all applications that are not decided yet, or of which an act is not settled. */
export async function listOpenApplications(db: Db): Promise<readonly number[]> {
  const { rows } = await db.query<{ id: number }>(
    `select id from application where state in ${undecided}
     union select application_id from application_act where outcome is null order by 1`,
  )
  return rows.map(({ id }) => id)
}

/** The state of an application; undefined where there is none. */
export async function readApplicationState(db: Db, id: number): Promise<ApplicationState | undefined> {
  const { rows } = await db.query<{ state: ApplicationState }>('select state from application where id = $1', [id])
  return rows[0]?.state
}

/** What came of an act, as it is written down: `done`, or why nothing did; null while it is not settled. */
export async function readActOutcome(db: Db, act: string): Promise<string | null> {
  const { rows } = await db.query<{ outcome: string | null }>('select outcome from application_act where id = $1', [
    act,
  ])
  return rows[0]?.outcome ?? null
}

/** Applications that somebody has to look at. */
export interface ApplicationWakes {
  readonly ids: readonly string[]
  /** Those that are not decided yet, or of which an act is not settled. */
  readonly applications: readonly number[]
  /** Those with which nothing is to be done any more. */
  readonly ended: readonly number[]
}

/** Reads which applications somebody has to look at. */
export async function readApplicationWakes(db: Db): Promise<ApplicationWakes> {
  const { rows } = await db.query<{ wake: string; id: number; is_open: boolean }>(
    `select w.id::text as wake, w.application_id as id,
       exists (select from application a where a.id = w.application_id and a.state in ${undecided})
       or exists (select from application_act t where t.application_id = w.application_id and t.outcome is null) as is_open
     from application_wake w order by w.id limit 10000`,
  )
  const numbers = (isOpen: boolean) => [...new Set(rows.flatMap(({ id, is_open }) => (is_open === isOpen ? [id] : [])))]
  return { ids: rows.map(({ wake }) => wake), applications: numbers(true), ended: numbers(false) }
}

/** Acknowledges exactly these rows: ids commit out of order. */
export async function forgetApplicationWakes(db: Db, { ids }: Pick<ApplicationWakes, 'ids'>): Promise<void> {
  if (ids.length > 0) await db.query('delete from application_wake where id = any($1::bigint[])', [ids])
}

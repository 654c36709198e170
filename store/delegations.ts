import type { Day } from '../core/lifecycle/calendar.ts'
import type { Authentication } from '../core/model/authentication.ts'
import type { IdentityRef } from '../core/model/state.ts'
import type { Db } from './pool.ts'
import { findMissing, notInForce } from './queries/not-in-force.ts'
import { requireKnown } from './queries/require-known.ts'

/** A delegation as people look it up. */
export interface ListedDelegation {
  readonly id: number
  readonly delegator: IdentityRef | null
  readonly delegate: IdentityRef | null
  /** Null for all VOs; of one about an application the VO that this is for. */
  readonly vo: string | null
  readonly application: number | null
  readonly from: Day
  /** The first day without it; null where it has no end. */
  readonly until: Day | null
  readonly reason: string
  readonly actor: string
  readonly authentication: Authentication | null
  readonly since: Date
  /** Null while it is there. */
  readonly endedAt: Date | null
  readonly endedBy: string | null
}

/** Which delegations to list; what is not said is all of it. */
export interface DelegationFilter {
  /** Also those that hold in all VOs. */
  readonly vo?: string
  /** Whoever is away, by any identity. */
  readonly delegator?: IdentityRef
  /** Whoever stands in. */
  readonly delegate?: IdentityRef
  /** Also those that have ended. */
  readonly ended?: boolean
}

const zone = `coalesce(zone_of(vo.id), zone_of_instance())`

/** Lists delegations in force and to come, the oldest first. Throws OBJECT_UNKNOWN, IDENTITY_UNKNOWN where nothing of it is known. */
export async function listDelegations(db: Db, filter: DelegationFilter = {}): Promise<ListedDelegation[]> {
  const { vo, delegator, delegate, ended = false } = filter
  const { rows } = await db.query<ListedDelegation>(
    `select d.id, away.identities[1] as delegator, here.identities[1] as delegate, coalesce(vo.name, a.vo) as vo,
       d.application_id as application, day_of(d.starts_at, ${zone})::text as "from", d.until::text as until, d.reason, d.actor,
       d.authentication, d.since, d.ended as "endedAt", d.ended_by as "endedBy"
     from (
       select id, delegator_id, delegate_id, vo_id, application_id, reason, starts_at, until, actor, authentication, since,
         null::timestamptz as ended, null::text as ended_by from delegation
       union all
       select id, delegator_id, delegate_id, vo_id, application_id, reason, starts_at, until, actor, authentication, since,
         ended, ended_by from delegation_past where $4
     ) d
     join person away on away.id = d.delegator_id join person here on here.id = d.delegate_id
     left join application a on a.id = d.application_id
     left join vo on vo.id = coalesce(d.vo_id, a.vo_id)
     where ($1::text is null or vo.name = $1 or (d.vo_id is null and d.application_id is null))
       and ($2::text is null or $2 = any(away.identities)) and ($3::text is null or $3 = any(here.identities))
     order by d.id`,
    [vo ?? null, delegator ?? null, delegate ?? null, ended],
  )
  if (rows.length === 0) await requireNamed(db, filter)
  return rows
}

async function requireNamed(db: Db, { vo, delegator, delegate }: DelegationFilter): Promise<void> {
  if (vo !== undefined && (await findMissing(db, { kind: 'vo', vo })) !== undefined)
    throw await notInForce(db, 'list delegations in', { kind: 'vo', vo })
  for (const identity of [delegator, delegate])
    if (identity !== undefined) await requireKnown(db, 'list delegations of', identity)
}

/** A delegation whose end somebody waits for, with the VO that it is in, if it is in one. */
export interface WatchedDelegation {
  readonly id: number
  readonly vo?: string
}

interface WatchedRow {
  readonly id: number
  readonly vo: string | null
}

const watched = `select d.id, d.ends_at, vo.name as vo
  from delegation d
  left join application a on a.id = d.application_id
  left join vo on vo.id = coalesce(d.vo_id, a.vo_id)`

const watchedOf = ({ id, vo }: WatchedRow): WatchedDelegation => ({ id, ...(vo === null ? {} : { vo }) })

/** Tells when a delegation ends, and where it is by the name of now; undefined where it is gone or has no end. */
export async function readEndingDelegation(
  db: Db,
  id: number,
): Promise<(WatchedDelegation & { readonly endsAt: Date }) | undefined> {
  const { rows } = await db.query<WatchedRow & { readonly ends_at: Date }>(
    `${watched} where d.id = $1 and d.ends_at is not null`,
    [id],
  )
  const [row] = rows
  return row === undefined ? undefined : { ...watchedOf(row), endsAt: row.ends_at }
}

/** Lists the delegations that end some day: each has a workflow that waits for it. */
export async function listEndingDelegations(db: Db): Promise<readonly WatchedDelegation[]> {
  const { rows } = await db.query<WatchedRow>(`${watched} where d.ends_at is not null order by d.id`)
  return rows.map(watchedOf)
}

/** Delegations whose end may be another, with the rows that say so. */
export interface DelegationWakes {
  readonly ids: readonly string[]
  readonly delegations: readonly WatchedDelegation[]
  /** Those that are there no more: nothing has to wait for their ends. */
  readonly gone: readonly number[]
}

/** Reads which delegations are to be looked at; `forgetDelegationWakes` acknowledges it once their workflows were told. */
export async function readDelegationWakes(db: Db): Promise<DelegationWakes> {
  const { rows } = await db.query<WatchedRow & { readonly wake: string; readonly is_gone: boolean }>(
    `select w.id::text as wake, w.delegation_id as id, d.id is null as is_gone, d.vo
     from delegation_wake w left join (${watched}) d on d.id = w.delegation_id order by w.id limit 10000`,
  )
  const delegations = [...new Map(rows.map((row) => [row.id, row])).values()]
  return {
    ids: rows.map(({ wake }) => wake),
    delegations: delegations.filter((one) => !one.is_gone).map(watchedOf),
    gone: delegations.filter((one) => one.is_gone).map(({ id }) => id),
  }
}

/** Acknowledges exactly these rows: ids commit out of order. */
export async function forgetDelegationWakes(db: Db, { ids }: Pick<DelegationWakes, 'ids'>): Promise<void> {
  if (ids.length > 0) await db.query('delete from delegation_wake where id = any($1::bigint[])', [ids])
}

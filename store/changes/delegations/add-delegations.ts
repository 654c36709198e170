import {
  judgeDelegation,
  type DelegationRefusal,
  type DelegationScope,
  type Standing,
} from '../../../core/delegations/judge-delegation.ts'
import { isEnded, type ApplicationState } from '../../../core/applications/application.ts'
import type { Day } from '../../../core/lifecycle/calendar.ts'
import type { IdentityRef, UserId } from '../../../core/model/state.ts'
import { lockPeopleOf, lockVos } from '../../locks.ts'
import type { Tx } from '../../pool.ts'
import { findMissing } from '../../queries/not-in-force.ts'
import { missingRight } from '../memberships/rights.ts'
import { beginTrail, closeTrail, recordSelected, type Cause } from '../trail.ts'
import { unknownIdentities, type UnknownIdentity } from '../unknown-identities.ts'
import { delegationEvent } from './delegation-event.ts'
import { obstacleInApplication } from './obstacle-in-application.ts'
import { tellOfDelegations } from './tell-by-mail.ts'

/** Who is to stand in for whom. */
export interface AddDelegationsInput {
  readonly requests: readonly DelegationRequest[]
  /** Whose rights count; without it the caller may do everything. */
  readonly actor?: IdentityRef
  readonly cause: Cause
  readonly now: Date
}

/** One delegation: in all VOs, in one, or about one application. */
export interface DelegationRequest {
  readonly delegator: IdentityRef
  readonly delegate: IdentityRef
  readonly vo?: string
  readonly application?: number
  readonly reason: string
  /** The first day; at once where there is none. */
  readonly from: Day | null
  /** The first day without it; null for none. */
  readonly until: Day | null
}

/** The delegation there is then, or why there is none. */
export type DelegationAnswer = Pick<DelegationRequest, 'delegate' | 'delegator'> &
  ({ readonly delegation: number; readonly from: Day; readonly until: Day | null } | { readonly refused: NoDelegation })

interface NoDelegation {
  readonly reason:
    | 'application-unknown'
    | 'ended'
    | 'not-allowed'
    | 'not-eligible'
    | 'own-application'
    | 'vo-unknown'
    | DelegationRefusal
    | UnknownIdentity['reason']
  readonly message: string
}

/**
 * Lets people stand in for others while these are away, in the caller's transaction. Only who is away, and admins of the instance, may
 * say so: whoever else could would have a second vote. Throws IDENTITY_UNKNOWN of who acts, VO_BUSY.
 */
export async function addDelegations(tx: Tx, input: AddDelegationsInput): Promise<DelegationAnswer[]> {
  const { requests, cause, now } = input
  await lockVos(tx, await vosOf(tx, requests), { mode: 'shared' })
  await lockPeopleOf(
    tx,
    requests.flatMap(({ delegator, delegate }) => [delegator, delegate]),
  )
  const answers: DelegationAnswer[] = []
  for (const request of requests) answers.push(await addOne(tx, input, request))
  const made = answers.flatMap((answer) => ('delegation' in answer ? [answer.delegation] : []))
  if (made.length === 0) return answers
  const trail = await beginTrail(tx, cause, now)
  await recordSelected(tx, trail, {
    select: delegationEvent('add', 'delegation', 'd.reason'),
    parameters: [made],
  })
  await tellOfDelegations(tx, trail, { event: 'delegation.begun', reasons: new Map(made.map((id) => [id, ''])) })
  await closeTrail(tx, trail)
  return answers
}

async function vosOf(tx: Tx, requests: readonly DelegationRequest[]): Promise<string[]> {
  const { rows } = await tx.query<{ name: string }>(
    `select vo.name from vo where vo.name = any($1) or vo.id in (select vo_id from application where id = any($2))`,
    [requests.map(({ vo }) => vo ?? ''), requests.map(({ application }) => application ?? 0)],
  )
  return rows.map(({ name }) => name)
}

async function addOne(tx: Tx, input: AddDelegationsInput, request: DelegationRequest): Promise<DelegationAnswer> {
  const { delegator, delegate } = request
  const found = await find(tx, input, request)
  if ('reason' in found) return { delegator, delegate, refused: found }
  const refused = judgeDelegation(found)
  if (refused !== undefined) return { delegator, delegate, refused }
  return { delegator, delegate, ...(await insert(tx, input, { request, found })) }
}

type Found = Parameters<typeof judgeDelegation>[0] & { readonly zone: string }

async function find(
  tx: Tx,
  { actor, now }: AddDelegationsInput,
  request: DelegationRequest,
): Promise<Found | NoDelegation> {
  const { delegator, delegate, from, until } = request
  const people = await findPeople(tx, [delegator, delegate])
  const unknown = await unknownIdentities(tx, { asked: [delegator, delegate], known: people })
  const [away, here] = [people.get(delegator), people.get(delegate)]
  if (away === undefined) return unknown(delegator)
  if (here === undefined) return unknown(delegate)
  const place = await findPlace(tx, request)
  if ('reason' in place) return place
  const missing = await rightMissing(tx, { actor, delegator })
  if (missing !== undefined) return missing
  const obstacle = await obstacleInApplication(tx, { ...place, delegator: away.person, delegate: here.person, now })
  if (obstacle !== undefined) return obstacle
  const days = await daysOf(tx, { ...place, from, until, now })
  const others = await standingOf(tx, [away.person, here.person], now)
  return {
    ...{ ...place, ...days, delegator: away.person, delegate: here.person, from, until, others },
    isDelegatePerson: !here.isAccount,
  }
}

interface FoundPerson {
  readonly person: UserId
  readonly isAccount: boolean
}

async function findPeople(tx: Tx, identities: readonly IdentityRef[]): Promise<ReadonlyMap<IdentityRef, FoundPerson>> {
  const { rows } = await tx.query<FoundPerson & { readonly ref: IdentityRef }>(
    `select ref, person_id as person, is_service_account(person_id) as "isAccount" from identity where ref = any($1)`,
    [identities],
  )
  return new Map(rows.map(({ ref, ...found }) => [ref, found]))
}

async function rightMissing(
  tx: Tx,
  { actor, delegator }: { readonly actor: IdentityRef | undefined; readonly delegator: IdentityRef },
): Promise<NoDelegation | undefined> {
  if (actor === undefined) return undefined
  const missing = await missingRight(tx, {
    ...{ actor, place: { kind: 'instance' }, users: [delegator], isForOneself: true },
    oneself: `"${delegator}", who is away`,
  })
  return missing === undefined ? undefined : { reason: missing.reason, message: missing.message }
}

interface Place extends DelegationScope {
  readonly zone: string
}

async function findPlace(tx: Tx, { vo, application }: DelegationRequest): Promise<NoDelegation | Place> {
  if (vo !== undefined) return placeInVo(tx, vo)
  if (application !== undefined) return placeInApplication(tx, application)
  const { rows } = await tx.query<{ zone: string }>('select zone_of_instance() as zone')
  return { vo: null, application: null, zone: rows[0]?.zone ?? 'UTC' }
}

async function placeInVo(tx: Tx, vo: string): Promise<NoDelegation | Place> {
  const { rows } = await tx.query<Place>(
    'select id as vo, null::integer as application, zone_of(id) as zone from vo where name = $1',
    [vo],
  )
  const [found] = rows
  if (found !== undefined) return found
  const missing = await findMissing(tx, { kind: 'vo', vo })
  return { reason: 'vo-unknown', message: `VO "${vo}" is not in force${missing?.hint ?? ''}` }
}

async function placeInApplication(tx: Tx, application: number): Promise<NoDelegation | Place> {
  const { rows } = await tx.query<Place & { readonly state: ApplicationState }>(
    `select a.vo_id as vo, a.id as application, coalesce(zone_of(a.vo_id), 'UTC') as zone, a.state from application a where a.id = $1`,
    [application],
  )
  const [found] = rows
  if (found === undefined) return { reason: 'application-unknown', message: `there is no application ${application}` }
  const { state, ...place } = found
  return isEnded(state) ? { reason: 'ended', message: `application ${application} is ${state} already` } : place
}

interface Days {
  readonly startsAt: Date
  readonly endsAt: Date | null
  readonly today: Day
}

async function daysOf(
  tx: Tx,
  asked: { readonly zone: string; readonly from: Day | null; readonly until: Day | null; readonly now: Date },
): Promise<Days> {
  const { rows } = await tx.query<Days>(
    `select greatest($2::timestamptz, start_of($3::date, $1)) as "startsAt", start_of($4::date, $1) as "endsAt",
       day_of($2, $1)::text as today`,
    [asked.zone, asked.now, asked.from, asked.until],
  )
  return rows[0] ?? { startsAt: asked.now, endsAt: null, today: '' }
}

/** Those of either of these people that are not over. */
async function standingOf(tx: Tx, persons: readonly UserId[], now: Date): Promise<Standing[]> {
  const { rows } = await tx.query<Standing>(
    `select d.id, d.delegator_id as delegator, d.delegate_id as delegate, coalesce(d.vo_id, a.vo_id) as vo, d.application_id as application,
       d.starts_at as "startsAt", d.ends_at as "endsAt"
     from delegation d left join application a on a.id = d.application_id
     where (d.delegator_id = any($1) or d.delegate_id = any($1)) and (d.ends_at is null or d.ends_at > $2) order by d.id`,
    [persons, now],
  )
  return rows
}

interface Inserting {
  readonly request: DelegationRequest
  readonly found: Found
}

async function insert(
  tx: Tx,
  { cause, now }: AddDelegationsInput,
  { request, found }: Inserting,
): Promise<{ readonly delegation: number; readonly from: Day; readonly until: Day | null }> {
  const { until, reason } = request
  const { delegator, delegate, vo, application, startsAt, endsAt, zone } = found
  const { rows } = await tx.query<{ id: number; from: Day }>(
    `with made as (
       insert into delegation (delegator_id, delegate_id, vo_id, application_id, reason, starts_at, until, ends_at, actor, authentication, since)
       values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11)
       returning id, starts_at, ends_at
     ), woken as (
       insert into delegation_wake (delegation_id) select id from made where ends_at is not null returning 1
     ), hinted as materialized (
       select pg_notify('guildhall_outbox', '') from woken
     )
     select made.id, day_of(made.starts_at, $12)::text as "from" from made left join hinted on true`,
    [
      ...[delegator, delegate, application === null ? vo : null, application, reason, startsAt, until, endsAt],
      ...[cause.actor, cause.authentication ?? null, now, zone],
    ],
  )
  const { id: delegation = 0, from = found.today } = rows[0] ?? {}
  return { delegation, from, until }
}

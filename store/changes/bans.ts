import type { Day } from '../../core/lifecycle/calendar.ts'
import type { IdentityRef } from '../../core/model/state.ts'
import type { BanPlace } from '../bans.ts'
import { lockVos } from '../locks.ts'
import type { Tx } from '../pool.ts'
import { notInForce } from '../queries/not-in-force.ts'
import { requireRight } from './memberships/rights.ts'
import { servicesTouched, wakeClocks, writeOutbox } from './outbox.ts'
import { ensureKnown } from './people.ts'
import { beginTrail, closeTrail, recordSelected, type Cause, type Trail } from './trail.ts'
import { unknownIdentities, type UnknownIdentity } from './unknown-identities.ts'

/** Whom to ban from a place, or whose ban to lift. */
export interface BanInput {
  readonly place: BanPlace
  readonly requests: readonly BanOn[]
  /** Whose rights count; without it the caller may do everything. */
  readonly actor?: IdentityRef
  readonly cause: Cause
  readonly now: Date
}

/** One person; `until` is the first day without the ban, null for none. */
export interface BanOn {
  readonly user: IdentityRef
  readonly reason: string
  readonly until: Day | null
}

/** What came of it. */
export type BanAnswer =
  | { readonly user: IdentityRef; readonly banned: boolean; readonly until: Day | null }
  | {
      readonly user: IdentityRef
      readonly refused: {
        readonly reason: UnknownIdentity['reason'] | 'date-past' | 'not-banned'
        readonly message: string
      }
    }

/** A ban overtakes everything else. */
const banPriority = 1

interface FoundPlace {
  readonly vo_id: number | null
  readonly resource_id: number | null
  readonly facility_id: number | null
  readonly zone: string
  readonly today: Day
}

/**
 * Bans people from a VO, a resource or a facility, in the caller's transaction; a ban that there was is replaced. Whom nobody
 * knows yet becomes known, where the source is declared. Throws OBJECT_UNKNOWN, ACTOR_NOT_ELIGIBLE, VO_BUSY.
 */
export async function addBans(tx: Tx, input: BanInput): Promise<BanAnswer[]> {
  const { requests, now } = input
  const place = await begin(tx, input)
  const known = await ensureKnown(tx, usersOf(requests), now)
  const unknown = await unknownIdentities(tx, { asked: usersOf(requests), known })
  const answers = requests.map(({ user, until }): BanAnswer => {
    if (!known.has(user)) return { user, refused: unknown(user) }
    if (until !== null && until <= place.today)
      return refused(user, 'date-past', `${until} has come already; expected a day after ${place.today}`)
    return { user, banned: true, until }
  })
  const asked = requests.flatMap((request, index) => {
    const person = known.get(request.user)
    return person === undefined || 'refused' in (answers[index] ?? {}) ? [] : [{ ...request, person }]
  })
  const latest = [...new Map(asked.map((one) => [one.person, one])).values()]
  const persons = latest.map(({ person }) => person)
  if (persons.length === 0) return answers
  const ends = new Map(latest.map(({ person, until }) => [person, until]))
  const trail = await beginTrail(tx, input.cause, now)
  await endBans(tx, trail, { which: `${isHere} and b.person_id = any($4)`, parameters: [...idsOf(place), persons] })
  const { rows } = await tx.query<{ id: number }>(
    `with made as (
       insert into ban (person_id, vo_id, resource_id, facility_id, reason, until, ends_at, actor, authentication, since)
       select x.person, $1, $2, $3, x.reason, x.until, start_of(x.until, $4), $5, $6, $7
       from unnest($8::integer[], $9::text[], $10::date[]) as x(person, reason, until)
       returning id, ends_at
     ), woken as (
       insert into ban_wake (ban_id) select id from made where ends_at is not null
     )
     select id from made`,
    [
      ...[...idsOf(place), place.zone, input.cause.actor, input.cause.authentication, now],
      ...[persons, latest.map(({ reason }) => reason), latest.map(({ until }) => until)],
    ],
  )
  await recordBans(
    tx,
    trail,
    rows.map(({ id }) => id),
  )
  await finish(tx, trail, { persons, vo: place.vo_id })
  return answers.map((answer) =>
    'refused' in answer ? answer : { ...answer, until: ends.get(known.get(answer.user) ?? 0) ?? null },
  )
}

/** Lifts bans from a place, in the caller's transaction. */
export async function removeBans(tx: Tx, input: BanInput): Promise<BanAnswer[]> {
  const place = await begin(tx, input)
  const { rows } = await tx.query<{ user: IdentityRef; person: number; is_banned: boolean }>(
    `select i.ref as "user", i.person_id as person,
       exists (select from ban b where ${isHere} and b.person_id = i.person_id) as is_banned
     from identity i where i.ref = any($4)`,
    [...idsOf(place), usersOf(input.requests)],
  )
  const known = new Map(rows.map((row) => [row.user, row]))
  const unknown = await unknownIdentities(tx, { asked: usersOf(input.requests), known })
  const persons = [...new Set(rows.flatMap(({ person, is_banned }) => (is_banned ? [person] : [])))]
  const answers = input.requests.map(({ user }): BanAnswer => {
    const found = known.get(user)
    if (found === undefined) return { user, refused: unknown(user) }
    if (!found.is_banned) return refused(user, 'not-banned', 'there is no ban of theirs to lift')
    return { user, banned: false, until: null }
  })
  if (persons.length === 0) return answers
  const trail = await beginTrail(tx, input.cause, input.now)
  const which = `${isHere} and b.person_id = any($4)`
  const ids = await endBans(tx, trail, { which, parameters: [...idsOf(place), persons] })
  await recordLifted(tx, trail, { ids, reasons: reasonsOf(input.requests, known) })
  await finish(tx, trail, { persons, vo: place.vo_id })
  return answers
}

/** Ends a ban whose moment has come, in the caller's transaction; false where it is gone, or ends later. */
export async function endBan(tx: Tx, { id, now }: { readonly id: number; readonly now: Date }): Promise<boolean> {
  const { rows } = await tx.query<{ person_id: number; vo_id: number | null; vo: string | null }>(
    `select b.person_id, b.vo_id, vo.name as vo from ban b
     left join resource r on r.id = b.resource_id left join vo on vo.id = coalesce(b.vo_id, r.vo_id)
     where b.id = $1 and b.ends_at <= $2`,
    [id, now],
  )
  const [found] = rows
  if (found === undefined) return false
  await lockVos(tx, found.vo === null ? [] : [found.vo], { mode: 'shared' })
  const trail = await beginTrail(tx, { actor: 'clock' }, now)
  const ids = await endBans(tx, trail, { which: 'b.id = $1', parameters: [id], at: 'b.ends_at' })
  await recordLifted(tx, trail, { ids, reasons: new Map() })
  await finish(tx, trail, { persons: [found.person_id], vo: found.vo_id })
  return ids.length > 0
}

async function begin(tx: Tx, { place, actor, requests, now }: BanInput): Promise<FoundPlace> {
  await lockVos(tx, place.kind === 'facility' ? [] : [place.vo], { mode: 'shared' })
  const found = await findPlace(tx, place, now)
  if (actor !== undefined)
    await requireRight(tx, { actor, place, users: usersOf(requests), right: 'bans', isForOneself: false })
  return found
}

async function findPlace(tx: Tx, place: BanPlace, now: Date): Promise<FoundPlace> {
  const zone = {
    vo: 'zone_of(vo.id)',
    resource: 'zone_of(vo.id)',
    facility: 'zone_of_instance()',
  }[place.kind]
  const from = {
    vo: `vo.id as vo_id, null::integer as resource_id, null::integer as facility_id, ${zone} as zone from vo where vo.name = $1 and $2 = ''`,
    resource: `null::integer as vo_id, r.id as resource_id, null::integer as facility_id, ${zone} as zone
      from resource r join vo on vo.id = r.vo_id where vo.name = $1 and r.name = $2`,
    facility: `null::integer as vo_id, null::integer as resource_id, f.id as facility_id, ${zone} as zone
      from facility f where f.name = $2 and $1 = ''`,
  }[place.kind]
  const [vo, name] = [place.kind === 'facility' ? '' : place.vo, place.kind === 'vo' ? '' : place.name]
  const { rows } = await tx.query<FoundPlace>(
    `select found.*, day_of($3, found.zone)::text as today from (select ${from}) found`,
    [vo, name, now],
  )
  const [found] = rows
  if (found === undefined) throw await notInForce(tx, 'ban anybody from', place)
  return found
}

const isHere = `b.vo_id is not distinct from $1 and b.resource_id is not distinct from $2 and b.facility_id is not distinct from $3`

function idsOf({ vo_id, resource_id, facility_id }: FoundPlace): readonly (number | null)[] {
  return [vo_id, resource_id, facility_id]
}

/** Ends the bans from what is about to be deleted; without an event of their own, as its removal has one. */
export async function endBansFrom(
  tx: Tx,
  trail: Trail,
  places: {
    readonly vos: readonly number[]
    readonly resources: readonly number[]
    readonly facilities: readonly number[]
  },
): Promise<void> {
  await endBans(tx, trail, {
    which: 'b.vo_id = any($1) or b.resource_id = any($2) or b.facility_id = any($3)',
    parameters: [places.vos, places.resources, places.facilities],
  })
}

interface Ending {
  readonly which: string
  readonly parameters: readonly unknown[]
  /** When they ended; now where absent. */
  readonly at?: string
}

async function endBans(tx: Tx, { at, cause }: Trail, { which, parameters, at: moment }: Ending): Promise<number[]> {
  const [ended, actor] = [`$${parameters.length + 1}::timestamptz`, `$${parameters.length + 2}::text`]
  const { rows } = await tx.query<{ id: number }>(
    `with gone as (delete from ban b where ${which} returning b.*)
     insert into ban_past (id, person_id, vo_id, resource_id, facility_id, reason, until, actor, authentication, began, ended, ended_by)
     select id, person_id, vo_id, resource_id, facility_id, reason, until, actor, authentication, since,
       greatest(since, ${moment === undefined ? ended : `least(b.ends_at, ${ended})`}), ${actor} from gone b
     returning id`,
    [...parameters, at, cause.actor],
  )
  return rows.map(({ id }) => id)
}

async function recordBans(tx: Tx, trail: Trail, ids: readonly number[]): Promise<void> {
  await recordSelected(tx, trail, {
    select: `select 'ban' as action, ${place},
        jsonb_build_object('user', p.identities[1], 'reason', b.reason, 'until', b.until) as personal
      from ban b ${whoAndWhere} where b.id = any($5) order by p.identities[1]`,
    parameters: [ids],
  })
}

const place = `'Ban' as kind, vo.name as vo, coalesce(f.name, r.name, vo.name) as name`
const whoAndWhere = `join person p on p.id = b.person_id
  left join resource r on r.id = b.resource_id left join vo on vo.id = coalesce(b.vo_id, r.vo_id)
  left join facility f on f.id = b.facility_id`

/** Why somebody lifts the bans of people, by person. */
type Reasons = ReadonlyMap<number, string>

function reasonsOf(requests: readonly BanOn[], known: ReadonlyMap<IdentityRef, { readonly person: number }>): Reasons {
  return new Map(
    requests.flatMap(({ user, reason }) => {
      const found = known.get(user)
      return found === undefined ? [] : [[found.person, reason] as const]
    }),
  )
}

/** The event says why the ban is lifted, where somebody does, and why there was one. */
async function recordLifted(
  tx: Tx,
  trail: Trail,
  { ids, reasons }: { readonly ids: readonly number[]; readonly reasons: Reasons },
): Promise<void> {
  await recordSelected(tx, trail, {
    select: `select 'unban' as action, ${place},
        jsonb_build_object('user', p.identities[1], 'reason', lifted.reason, 'until', b.until, 'ban', b.reason) as personal
      from ban_past b ${whoAndWhere}
      left join unnest($6::integer[], $7::text[]) as lifted(person, reason) on lifted.person = b.person_id
      where b.id = any($5) order by p.identities[1]`,
    parameters: [ids, [...reasons.keys()], [...reasons.values()]],
  })
}

interface Finish {
  readonly persons: readonly number[]
  /** Where it is a VO that they are or were banned from. */
  readonly vo: number | null
}

async function finish(tx: Tx, trail: Trail, { persons, vo }: Finish): Promise<void> {
  const services = await servicesTouched(tx, { groups: [], resources: [], facilities: [], persons })
  await writeOutbox(tx, { services, priority: banPriority, at: trail.at })
  await wakeClocks(tx, await voWithGuestsOf(tx, vo, persons))
  await closeTrail(tx, trail)
}

/** Names the VO where some of these people answer for guests, who follow them. */
async function voWithGuestsOf(tx: Tx, vo: number | null, persons: readonly number[]): Promise<string[]> {
  if (vo === null) return []
  const { rows } = await tx.query<{ name: string }>(
    `select name from vo where id = $1 and exists (
       select from sponsorship s where s.vo_id = vo.id and s.status = 'VALID' and s.sponsor_id = any($2))`,
    [vo, persons],
  )
  return rows.map(({ name }) => name)
}

function usersOf(requests: readonly BanOn[]): IdentityRef[] {
  return requests.map(({ user }) => user)
}

type Refusal = Extract<BanAnswer, { readonly refused: object }>['refused']

function refused(user: IdentityRef, reason: Refusal['reason'], message: string): BanAnswer {
  return { user, refused: { reason, message } }
}

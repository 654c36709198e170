import type { Day } from '../core/lifecycle/calendar.ts'
import type { Authentication } from '../core/model/authentication.ts'
import type { IdentityRef } from '../core/model/state.ts'
import type { Db } from './pool.ts'
import { findMissing, notInForce } from './queries/not-in-force.ts'
import { requireKnown } from './queries/require-known.ts'

/** What somebody is banned from. */
export type BanPlace =
  | { readonly kind: 'vo'; readonly vo: string }
  | { readonly kind: 'resource'; readonly vo: string; readonly name: string }
  | { readonly kind: 'facility'; readonly name: string }

/** A ban in force. */
export interface ListedBan {
  readonly id: number
  readonly user: IdentityRef
  readonly from: BanPlace
  readonly reason: string
  /** The first day without it; null where it has no end. */
  readonly until: Day | null
  readonly actor: string
  readonly authentication: Authentication | null
  readonly since: Date
}

interface BanRow {
  readonly id: number
  readonly user: IdentityRef
  readonly kind: BanPlace['kind']
  readonly vo: string
  readonly name: string
  readonly reason: string
  readonly until: string | null
  readonly actor: string
  readonly authentication: Authentication | null
  readonly since: Date
}

/** Which bans to list; what is not said is all of it. */
export interface BanFilter {
  /** A VO stands for its resources too, a facility for the resources that lie on it. */
  readonly place?: BanPlace
  /** Any identity of somebody. */
  readonly user?: IdentityRef
}

/** Lists the bans in force, by place, then by person. Throws OBJECT_UNKNOWN where the place is not in force, IDENTITY_UNKNOWN. */
export async function listBans(db: Db, { place, user }: BanFilter = {}): Promise<ListedBan[]> {
  const { vo, resource, facility } = namesOf(place)
  const { rows } = await db.query<BanRow>(
    `select b.id, p.identities[1] as "user",
       case when b.vo_id is not null then 'vo' when b.resource_id is not null then 'resource' else 'facility' end as kind,
       coalesce(vo.name, '') as vo, coalesce(r.name, f.name, '') as name, b.reason, b.until::text as until, b.actor, b.authentication, b.since
     from ban b
     join person p on p.id = b.person_id
     left join resource r on r.id = b.resource_id
     left join vo on vo.id = coalesce(b.vo_id, r.vo_id)
     left join facility f on f.id = coalesce(b.facility_id, r.facility_id)
     where ($1::text is null or vo.name = $1) and ($2::text is null or r.name = $2) and ($3::text is null or f.name = $3)
       and ($4::text is null or $4 = any(p.identities))
     order by 3, 4, 5, 2`,
    [vo, resource, facility, user],
  )
  if (rows.length === 0 && place !== undefined && (await findMissing(db, place)) !== undefined)
    throw await notInForce(db, 'list bans from', place)
  if (rows.length === 0 && user !== undefined) await requireKnown(db, 'list bans of', user)
  return rows.map(({ kind, vo, name, ...ban }) => ({ ...ban, from: placeOf(kind, vo, name) }))
}

interface PlaceNames {
  readonly vo?: string
  readonly resource?: string
  readonly facility?: string
}

function namesOf(place: BanPlace | undefined): PlaceNames {
  switch (place?.kind) {
    case undefined:
      return {}
    case 'vo':
      return { vo: place.vo }
    case 'resource':
      return { vo: place.vo, resource: place.name }
    case 'facility':
      return { facility: place.name }
  }
}

function placeOf(kind: BanPlace['kind'], vo: string, name: string): BanPlace {
  if (kind === 'vo') return { kind, vo }
  return kind === 'facility' ? { kind, name } : { kind, vo, name }
}

/** A ban whose end somebody waits for, with the VO and the facility that it is about, as far as there are any. */
export interface WatchedBan {
  readonly id: number
  readonly vo?: string
  readonly facility?: string
}

/** Tells when a ban ends, and what it is from by the names of now; undefined where it is gone or has no end. */
export async function readEndingBan(db: Db, id: number): Promise<(WatchedBan & { readonly endsAt: Date }) | undefined> {
  const { rows } = await db.query<WatchedRow & { readonly ends_at: Date }>(
    `${watched} where b.id = $1 and b.ends_at is not null`,
    [id],
  )
  const [row] = rows
  return row === undefined ? undefined : { ...watchedOf(row), endsAt: row.ends_at }
}

/** Lists the bans that end some day: each has a workflow that waits for it. */
export async function listEndingBans(db: Db): Promise<readonly WatchedBan[]> {
  const { rows } = await db.query<WatchedRow>(`${watched} where b.ends_at is not null order by b.id`)
  return rows.map(watchedOf)
}

interface WatchedRow {
  readonly id: number
  readonly vo: string | null
  readonly facility: string | null
}

const watched = `select b.id, b.ends_at, vo.name as vo, f.name as facility
  from ban b
  left join resource r on r.id = b.resource_id
  left join vo on vo.id = coalesce(b.vo_id, r.vo_id)
  left join facility f on f.id = coalesce(b.facility_id, r.facility_id)`

function watchedOf({ id, vo, facility }: WatchedRow): WatchedBan {
  return { id, ...(vo === null ? {} : { vo }), ...(facility === null ? {} : { facility }) }
}

/** Bans whose end may be another, with the rows that say so. */
export interface BanWakes {
  readonly ids: readonly string[]
  readonly bans: readonly WatchedBan[]
  /** Those that are there no more: nothing has to wait for their ends. */
  readonly gone: readonly number[]
}

/** Reads which bans are to be looked at; `forgetBanWakes` acknowledges it once their workflows were told. */
export async function readBanWakes(db: Db): Promise<BanWakes> {
  const { rows } = await db.query<WatchedRow & { readonly wake: string; readonly is_gone: boolean }>(
    `select w.id::text as wake, w.ban_id as id, b.id is null as is_gone, b.vo, b.facility
     from ban_wake w left join (${watched}) b on b.id = w.ban_id order by w.id limit 10000`,
  )
  const bans = [...new Map(rows.map((row) => [row.id, row])).values()]
  return {
    ids: rows.map(({ wake }) => wake),
    bans: bans.filter((ban) => !ban.is_gone).map(watchedOf),
    gone: bans.filter((ban) => ban.is_gone).map(({ id }) => id),
  }
}

/** Acknowledges exactly these rows: ids commit out of order. */
export async function forgetBanWakes(db: Db, { ids }: Pick<BanWakes, 'ids'>): Promise<void> {
  if (ids.length > 0) await db.query('delete from ban_wake where id = any($1::bigint[])', [ids])
}

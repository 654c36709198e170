import { keepUnheld } from '../keep-unheld.ts'
import { settleDates } from '../member-dates.ts'
import { servicesTouched, wakeClocks, writeOutbox, type FacilityService } from '../outbox.ts'
import type { Places } from '../memberships/places.ts'
import { placesBefore } from '../rules/rule-places.ts'
import { followGenerated } from '../values/follow-change.ts'
import { keepFollowing, type Followed } from '../values/keep-following.ts'
import { settleLevels } from '../settle-levels.ts'
import { settleMembers } from '../settle-members.ts'
import { isBroughtBack } from '../statuses.ts'
import type { Trail } from '../trail.ts'
import type { Tx } from '../../pool.ts'
import type { SyncedSet } from './find-set.ts'
import { letGo } from './let-go.ts'
import { namedAtMost, type Skips } from './skips.ts'

/** So many people at once, whose ids stay in memory. */
const batch = 10_000

const priority = 3

interface Settling {
  readonly set: SyncedSet
  /** The services that showed the group. */
  readonly before: readonly FacilityService[]
  /** The limited places that these people had before the rows were written. */
  readonly had: Places
  readonly skips: Skips
}

/** Statuses, dates, numbers and services of everybody in `sync_diff`, after the rows were written. */
export async function settleSynced(tx: Tx, trail: Trail, { set, before, had, skips }: Settling): Promise<void> {
  const services = new Map<string, FacilityService>()
  const note = (more: readonly FacilityService[]): void => {
    for (const one of more) services.set(`${one.facility} ${one.service}`, one)
  }
  note(before)
  note(await servicesOf(tx, set, []))
  for await (const people of batches(tx, set)) {
    const { changed, letIn, leftOut, services: showing } = await settle(tx, trail, { set, people, had })
    note(showing)
    note(await servicesOf(tx, set, changed))
    const persons = [...people.map(({ person }) => person), ...letIn]
    const made = await followGenerated(tx, trail, { persons, services: [...services.values()], had })
    note(made.services)
    await wakeClocks(tx, made.vos)
    await skipLeftOut(tx, skips, [...new Set([...leftOut, ...made.leftOut])])
  }
  await writeOutbox(tx, { services: [...services.values()], priority, at: trail.at })
  await wakeClocks(tx, [set.vo.name])
}

/** The services that show the group, or these people. */
export async function servicesOf(tx: Tx, set: SyncedSet, persons: readonly number[]): Promise<FacilityService[]> {
  const groups = persons.length > 0 ? [] : await groupsOf(tx, set)
  return servicesTouched(tx, { groups, resources: [], facilities: [], persons })
}

async function groupsOf(tx: Tx, { base, group }: SyncedSet): Promise<readonly number[]> {
  if (base === undefined) return group === undefined ? [] : [group.id]
  const { rows } = await tx.query<{ id: number }>(
    'select distinct group_id as id from sync_diff where group_id is not null',
  )
  return rows.map(({ id }) => id)
}

/** The limited places that the people in `sync_diff` have now. */
export async function placesOfSynced(tx: Tx): Promise<Places> {
  const { rows } = await tx.query<{ person: number }>(
    'select distinct person_id as person from sync_diff where exists (select from rule)',
  )
  return placesBefore(
    tx,
    rows.map(({ person }) => person),
  )
}

/** Statuses of everybody in `sync_diff`, and nothing else. */
export async function settlePeople(tx: Tx, trail: Trail, { set, had }: Pick<Settling, 'set' | 'had'>): Promise<void> {
  for await (const people of batches(tx, set)) await settle(tx, trail, { set, people, had })
}

interface Synced {
  readonly person: number
  /** EXPIRED or DISABLED, and brought back. */
  readonly is_lifted: boolean
  /** The groups in which their row went, or is over; 0 is the VO itself. */
  readonly left: readonly number[]
  /** All groups in which something is done about them. */
  readonly touched: readonly number[]
}

async function* batches(tx: Tx, set: SyncedSet): AsyncIterable<readonly Synced[]> {
  let last = 0
  for (;;) {
    const rows = await (set.base === undefined ? inOnePlace : inManyPlaces)(tx, set, last)
    last = rows.at(-1)?.person ?? last
    if (rows.length > 0) yield rows
    if (rows.length < batch) return
  }
}

const isLeaving = `(d.action = 'absent' or d.is_over)`
const isLifted = `not ${isLeaving} and coalesce(${isBroughtBack}, false)`

async function inOnePlace(tx: Tx, { vo, group }: SyncedSet, last: number): Promise<Synced[]> {
  const { rows } = await tx.query<Pick<Synced, 'is_lifted' | 'person'> & { readonly is_leaving: boolean }>(
    `select d.person_id as person, ${isLeaving} as is_leaving, ${isLifted} as is_lifted
     from (select * from sync_diff where person_id > $2 order by person_id limit $3) d
     left join member mb on (mb.vo_id, mb.person_id) = ($1, d.person_id)
     order by d.person_id`,
    [vo.id, last, batch],
  )
  const here = [group?.id ?? 0]
  return rows.map(({ is_leaving, ...one }) => ({ ...one, left: is_leaving ? here : nowhere, touched: here }))
}

const nowhere: readonly number[] = []

async function inManyPlaces(tx: Tx, { vo }: SyncedSet, last: number): Promise<Synced[]> {
  const { rows } = await tx.query<Synced>(
    `select d.person_id as person, bool_or(${isLifted}) as is_lifted,
       json_agg(coalesce(d.group_id, 0)) as touched,
       coalesce(json_agg(coalesce(d.group_id, 0)) filter (where ${isLeaving}), '[]') as left
     from (select distinct person_id from sync_diff where person_id > $2 order by person_id limit $3) x
     join sync_diff d using (person_id)
     left join member mb on (mb.vo_id, mb.person_id) = ($1, d.person_id)
     group by d.person_id order by d.person_id`,
    [vo.id, last, batch],
  )
  return rows
}

interface Settled extends Pick<Followed, 'letIn' | 'leftOut' | 'services'> {
  /** Who may be shown in another way. */
  readonly changed: readonly number[]
}

async function settle(
  tx: Tx,
  trail: Trail,
  { set, people, had }: Pick<Settling, 'set' | 'had'> & { readonly people: readonly Synced[] },
): Promise<Settled> {
  const vo = set.vo.id
  const persons = people.map(({ person }) => person)
  const leaving = people.filter(({ left }) => left.length > 0).map(({ person }) => person)
  const ended = set.authoritative ? await letGo(tx, trail, { vo, persons: leaving }) : []
  const gone = people.flatMap(({ person, left }) => left.map((group) => ({ vo, group: group || undefined, person })))
  await keepUnheld(tx, trail, gone)
  const lifted = people.filter(({ is_lifted }) => is_lifted).map(({ person }) => person)
  const settled = await settleMembers(tx, trail, { vo, persons, lifted, newcomersToldIf: 'not-valid' })
  await settleDates(
    tx,
    people.flatMap(({ person, touched }) => touched.map((group) => ({ vo, group: group || undefined, person }))),
    trail.at,
  )
  const followed = await keepFollowing(tx, trail, { persons, had, leaving: gone })
  const { letIn, leftOut, services } = followed
  await settleLevels(tx, { persons: followed.persons, at: trail.at })
  await wakeClocks(tx, followed.vos)
  const derived = followed.derived.map(({ subject }) => subject)
  const changed = followed.isRuled ? followed.persons : [...ended, ...settled, ...derived]
  return { changed, letIn, leftOut, services }
}

/** For whom a rule that turns by what the source says finds no place. */
async function skipLeftOut(tx: Tx, skips: Skips, persons: readonly number[]): Promise<void> {
  if (persons.length === 0) return
  const { rows } = await tx.query<{ ref: string }>(
    `select identities[1] as ref from person where id = any($1) order by identities[1] collate "C" limit $2`,
    [persons, namedAtMost],
  )
  skips.add(
    'full',
    persons.length,
    rows.map(({ ref }) => ref),
  )
}

import { admit, type Newcomer } from '../../../core/membership/admit.ts'
import type { Tx } from '../../pool.ts'
import {
  countTaken,
  keyOf,
  placesOf,
  roomsAbove,
  type Joining,
  type Place,
  type Places,
  type RoomAbove,
} from '../memberships/places.ts'
import { isBroughtBack } from '../statuses.ts'
import type { KeptRow, RuleOutcome } from './rule-rows.ts'
import { forgetWaiting, noteWaiting } from './waiting.ts'

/** Keeps those out whom rules bring in and for whom there is no place. */
export interface RulePlaces {
  /** Whether people of a group that a rule fills take a place in something limited. */
  areLimited(group: number): boolean
  /** Who is not wanted any more waits no more. */
  forget(outcome: RuleOutcome): Promise<void>
  /** Writes rows, of several groups only where none is limited; takes back those for which there is no place, and returns the others. */
  letIn(outcome: RuleOutcome, write: () => Promise<readonly KeptRow[]>): Promise<readonly KeptRow[]>
  /** Who was left out of a group so far. */
  leftOut(): readonly number[]
}

/** Looks what takes so many people only, as far as these groups lead there; who had a place before the change keeps it. */
export async function openPlaces(tx: Tx, groups: readonly number[], had: Places = new Map()): Promise<RulePlaces> {
  const isLimiting = await hasLimits(tx)
  const above = isLimiting ? await roomsAbove(tx, groups) : new Map<number, readonly RoomAbove[]>()
  const written: KeptRow[] = []
  const leftOut = new Set<number>()
  return {
    areLimited: (group) => above.has(group),
    forget: async (outcome) => (isLimiting ? forgetWaiting(tx, outcome) : undefined),
    letIn: async (outcome, write) => {
      const group = outcome.asked.groups.find((one) => above.has(one))
      const before = group === undefined ? had : await placesOf(tx, outcome.people, await joiningBy(tx, written))
      const rows = await write()
      written.push(...rows)
      if (group === undefined) return rows
      const refused = await findRefused(tx, { written, rows, had: new Map([...had, ...before]) })
      if (refused.size === 0) return rows
      await takeBack(tx, group, [...refused])
      for (const person of refused) leftOut.add(person)
      const isBack = (row: KeptRow): boolean => row.is_new && row.group === group && refused.has(row.person)
      written.splice(0, written.length, ...written.filter((row) => !isBack(row)))
      return rows.filter((row) => !isBack(row))
    },
    leftOut: () => [...leftOut],
  }
}

/** Asked before something changes that rules may follow: who is in stays in, also by another rule. */
export async function placesBefore(tx: Tx, persons: readonly number[]): Promise<Places> {
  return persons.length > 0 && (await hasLimits(tx)) ? placesOf(tx, persons) : new Map()
}

/** Whether anything takes so many people only, or did so that somebody waits still. */
async function hasLimits(tx: Tx): Promise<boolean> {
  const { rows } = await tx.query<{ has: boolean }>(
    `select exists (select from vo where spec ? 'maxMembers') or exists (select from groups where spec ? 'maxMembers')
       or exists (select from facility where spec @? '$.offers[*].maxMembers')
       or exists (select from waiting_for_place) as has`,
  )
  return rows[0]?.has ?? false
}

/** Whom new rows make members or bring back: they count from now on, wherever they have rows. */
async function joiningBy(tx: Tx, rows: readonly KeptRow[]): Promise<Joining> {
  const added = rows.filter(({ is_new: isNew }) => isNew)
  const { rows: pairs } = await tx.query<{ vo: number; person: number }>(
    `select distinct x.vo, x.person from unnest($1::integer[], $2::integer[]) as x(vo, person)
     left join member mb on (mb.vo_id, mb.person_id) = (x.vo, x.person)
     where mb.status is null or mb.status = 'DISABLED' and ${isBroughtBack}`,
    [added.map(({ vo }) => vo), added.map(({ person }) => person)],
  )
  return { vos: pairs.map(({ vo }) => vo), persons: pairs.map(({ person }) => person) }
}

interface Judging {
  readonly written: readonly KeptRow[]
  readonly rows: readonly KeptRow[]
  /** Places that people have already. */
  readonly had: Places
}

async function findRefused(tx: Tx, { written, rows, had }: Judging): Promise<ReadonlySet<number>> {
  const newcomers = rows.filter(({ is_new: isNew }) => isNew).map(({ person }) => person)
  if (newcomers.length === 0) return new Set()
  const joining = await joiningBy(tx, written)
  const taken = [...(await placesOf(tx, newcomers, joining))].filter(([key]) => !had.has(key)).map(([, room]) => room)
  if (taken.length === 0) return new Set()
  const rooms = new Map(taken.map((room) => [keyOf(room), room]))
  const counts = await countTaken(tx, [...rooms.values()], joining)
  const entering = (key: string): number => taken.filter((room) => keyOf(room) === key).length
  const left = new Map(
    [...rooms].map(([key, { places }]) => [key, places - ((counts.get(key) ?? 0) - entering(key))] as const),
  )
  const { refused } = admit(await named(tx, newcomers, taken), (room) => left.get(room) ?? 0)
  return new Set(refused.map(({ person }) => person))
}

async function named(tx: Tx, persons: readonly number[], taken: readonly Place[]): Promise<Newcomer<number>[]> {
  const { rows } = await tx.query<{ person: number; user: string }>(
    `select id as person, identities[1] as "user" from person where id = any($1)`,
    [persons],
  )
  const roomsOf = new Map<number, string[]>()
  for (const place of taken) roomsOf.set(place.person, [...(roomsOf.get(place.person) ?? []), keyOf(place)])
  return rows.map(({ person, user }) => ({ person, user, rooms: roomsOf.get(person) ?? [] }))
}

/** As if they had never been written. */
async function takeBack(tx: Tx, group: number, persons: readonly number[]): Promise<void> {
  await tx.query(`delete from membership where group_id = $1 and person_id = any($2) and origin = 'rule'`, [
    group,
    persons,
  ])
  await noteWaiting(tx, group, persons)
}

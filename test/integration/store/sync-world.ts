import {
  inTransaction,
  listMembers,
  syncMembers,
  type Pool,
  type SyncInput,
  type SyncResult,
} from '../../../store/index.ts'
import { subjectsOf } from '../../support/subjects.ts'
import { add, apply, document, smallWorld } from './world.ts'

/** The small world with sources hr and ldap and a group `astro/staff`. */
export async function prepare(pool: Pool): Promise<void> {
  await apply(pool, [
    ...smallWorld(),
    add(document('Source', 'hr', { type: 'declared' })),
    add(document('Source', 'ldap', { type: 'declared' })),
    add(document('Group', 'staff', {}, 'astro')),
  ])
}

/** Noon of a day in UTC. */
export const noon = (day: string): Date => new Date(`${day}T12:00:00Z`)

/** Lets hr say who is in `astro/staff` on 1 February, unless told otherwise. */
export async function syncIn(
  pool: Pool,
  subjects: readonly Parameters<typeof subjectsOf>[0][number][] | SyncInput['subjects'],
  more: Partial<SyncInput> = {},
): Promise<SyncResult> {
  return inTransaction(pool, (tx) =>
    syncMembers(tx, {
      ...{ source: 'hr', vo: 'astro', group: 'staff', mode: 'full', authoritative: false },
      ...{ absent: { then: 'remove', runs: 1 }, now: noon('2026-02-01') },
      subjects: Symbol.asyncIterator in subjects ? subjects : subjectsOf(subjects),
      ...more,
    }),
  )
}

/** Status, date and origins by identity. */
export async function membersIn(pool: Pool, group?: string): Promise<object> {
  const { members: list } = await listMembers(pool, { vo: 'astro', ...(group === undefined ? {} : { group }) })
  return Object.fromEntries(
    list.map(({ user, status, expires, origins }) => [
      user,
      [status, expires, ...origins].filter((part) => part !== undefined).join(' '),
    ]),
  )
}

/** Everything that a run could write, but its own row. */
export async function writtenIn(pool: Pool): Promise<unknown> {
  const tables = [
    'person',
    'identity',
    'membership',
    'membership_past',
    'member',
    'member_past',
    'event',
    'chain',
    'outbox',
  ]
  const counts = tables.map(
    (name) => `select '${name}' as name, count(*)::integer as rows, max(xmin::text::bigint) from ${name}`,
  )
  const { rows } = await pool.query(`${counts.join(' union all ')} order by name`)
  return rows
}

/** What the runs came to. */
export async function runsIn(pool: Pool): Promise<readonly string[]> {
  const { rows } = await pool.query<{ outcome: string }>('select outcome from sync_run order by id')
  return rows.map(({ outcome }) => outcome)
}

/** Everybody's identities. */
export async function identitiesIn(pool: Pool): Promise<readonly string[]> {
  const { rows } = await pool.query<{ list: string }>(`select array_to_string(identities, ',') as list from person`)
  return rows.map(({ list }) => list)
}

import { expect } from '@jest/globals'
import type { Plan } from '../../../core/model/plan.ts'
import {
  actOnMembers,
  changeIdentities,
  inTransaction,
  runClock,
  syncMembers,
  type ActInput,
  type Pool,
  type SyncInput,
  type SyncResult,
} from '../../../store/index.ts'
import {
  facility,
  group,
  instance,
  resource,
  service,
  source,
  user,
  vo,
  type Document,
} from '../../support/builders.ts'
import { subjectsOf } from '../../support/subjects.ts'
import { bring, planOn } from './commits.ts'

/** What may happen in these worlds, and what one sees of them. */
export function exclusiveWorld(pool: () => Pool) {
  return {
    commit: async (wanted: readonly Document[], at = begin) => commit(pool(), wanted, at),
    left: async (wanted: readonly Document[], at = begin) => left(pool(), wanted, at),
    act: async (input: ActOfOne) => act(pool(), input),
    see: async (loa: number, at: Date) => see(pool(), loa, at),
    sync: async (subjects: readonly string[], more: Partial<SyncInput> = {}) => sync(pool(), subjects, more),
    run: async (name: string, now: Date) => run(pool(), name, now),
    inAstro: async () => inAstro(pool()),
    inGroup: async (name: string) => inGroup(pool(), name),
    isTold: async () => isTold(pool()),
  }
}

export const noon = (day: string): Date => new Date(`${day}T12:00:00Z`)
export const cause = { actor: 'local/test' }
export const begin = noon('2026-01-05')

export const rules = { expiration: { extendBy: 'P3M', disableAfter: 'P1M' } }
export const open = { allowEmpty: true }
const board = "'bio/board' in user.groups"

/** Somebody in the board of bio is in astro by a rule, which has its members from nowhere else; and somebody is named there. */
export function documents(spec: object = {}, ...more: readonly Document[]): Document[] {
  return [
    instance({ guard: { remove: '100%' } }),
    source('idp', { loa: 0, validFor: 'P1M' }),
    source('hr'),
    service('list', { generator: 'json' }),
    facility('hpc', { services: { list: {} } }),
    user('x', { identities: ['idp/x', 'hr/x'] }),
    vo('bio', { members: ['idp/x', 'idp/y'] }),
    group('bio/board', open),
    vo('astro', { exclusive: true, members: ['idp/ada'], ...spec }),
    group('astro/friends', { ...open, where: board }),
    group('astro/guests', open),
    group('astro/staff', open),
    resource('astro/wiki', { facility: 'hpc', services: ['list'], groups: ['guests'] }),
    ...more,
  ]
}

async function commit(pool: Pool, wanted: readonly Document[], at: Date): Promise<void> {
  await bring(pool, wanted, at)
  expect(await left(pool, wanted, at)).toEqual([])
}

/** What the next commit of the same would change. */
async function left(pool: Pool, wanted: readonly Document[], at: Date): Promise<Plan['changes']> {
  return (await planOn(pool, wanted, at)).plan.changes
}

interface ActOfOne extends Pick<ActInput, 'act' | 'vo' | 'group' | 'now'> {
  readonly expires?: string
  readonly user?: string
}

async function act(pool: Pool, input: ActOfOne) {
  const { expires, user: of = 'idp/x', ...more } = input
  const requests = [{ user: of, ...(expires === undefined ? {} : { expires }) }]
  const [answer] = await inTransaction(pool, (tx) => actOnMembers(tx, { ...more, requests, reason: '', cause }))
  return answer
}

async function see(pool: Pool, loa: number, at: Date): Promise<void> {
  const requests = [{ identity: 'idp/x', loa, at }]
  await inTransaction(pool, (tx) => changeIdentities(tx, { act: 'seen', requests, reason: '', cause, now: at }))
}

async function sync(pool: Pool, subjects: readonly string[], more: Partial<SyncInput>): Promise<SyncResult> {
  return inTransaction(pool, (tx) =>
    syncMembers(tx, {
      ...{ source: 'hr', vo: 'astro', group: 'staff', mode: 'full', authoritative: false, now: noon('2026-02-01') },
      ...{ absent: { then: 'remove', runs: 1 }, subjects: subjectsOf(subjects), ...more },
    }),
  )
}

async function run(pool: Pool, name: string, now: Date): Promise<void> {
  for (let steps = 0; steps < 20; steps += 1) {
    const step = await inTransaction(pool, (tx) => runClock(tx, { vo: name, now, atMost: 100 }))
    if (!step.more) return
  }
  throw new Error(`the clock of VO "${name}" finds no end`)
}

/** Statuses and places of everybody in astro. */
async function inAstro(pool: Pool): Promise<object> {
  const { rows } = await pool.query<{ user: string; said: string }>(
    `select p.identities[1] as "user", mb.status || coalesce(' ' || string_agg(
         coalesce(g.name, 'own') || ':' || m.origin, ' ' order by g.name nulls first, m.origin), '') as said
     from vo join member mb on mb.vo_id = vo.id join person p on p.id = mb.person_id
     left join membership m on (m.vo_id, m.person_id) = (vo.id, p.id) left join groups g on g.id = m.group_id
     where vo.name = 'astro' group by 1, mb.status order by 1`,
  )
  return Object.fromEntries(rows.map(({ user: of, said }) => [of, said]))
}

async function isTold(pool: Pool): Promise<boolean> {
  const { rowCount } = await pool.query('delete from outbox')
  return (rowCount ?? 0) > 0
}

async function inGroup(pool: Pool, name: string): Promise<string[]> {
  const { rows } = await pool.query<{ user: string }>(
    `select p.identities[1] as "user" from membership m join groups g on g.id = m.group_id join person p on p.id = m.person_id
     where g.name = $1 order by 1`,
    [name],
  )
  return rows.map(({ user: of }) => of)
}

/** In astro from the start. */
export const ada = { 'idp/ada': 'VALID own:config' }

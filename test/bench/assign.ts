import type { Desired } from '../../core/model/state.ts'
import type { Pool, Tx } from '../../store/index.ts'
import { applyChanges, inTransaction, loadState, takeEpoch } from '../../store/index.ts'
import { timed, type Bench } from './measure.ts'
import {
  apply,
  asOf,
  document,
  ground,
  numbers,
  openWorld,
  plan,
  read,
  together,
  writeFiles,
  type Files,
} from './world.ts'

const people = 10_000
const rounds = 6
const services = ['one', 'two', 'three'] as const

/** A group of 10,000 is assigned to a resource with three services, against writing the same rows with nothing around. */
export const assignBench: Bench = {
  name: 'assign',
  goal: 5,
  prepare: async () => {
    const world = await openWorld()
    const folder = `${world.home}/configuration`
    const base = await read(writeFiles(folder, configuration()))
    await apply(world.pool, base)
    const rows = new Map<number, readonly Written[]>()
    await makeCopies(world.pool)
    return {
      value: async (round) => {
        // One resource a round: what was assigned once keeps its numbers for ever.
        const desired = assigned(base, round)
        const decided = plan(await loadState(world.pool, { lossesSince: asOf }), desired)
        const [step] = decided.apply
        if (step === undefined) throw new Error('Nothing is to be assigned')
        const epoch = await takeEpoch(world.pool, [step.scope])
        const input = { ...step, epoch, cause: { actor: 'bench' }, asOf, offers: decided.offers }
        return timed(async () => inTransaction(world.pool, async (tx) => applyChanges(tx, input)))
      },
      // Runs first: it learns from a rehearsal, rolled back, which rows the value writes.
      baseline: async (round) => {
        const desired = assigned(base, round)
        rows.set(round, await rehearse(world.pool, desired))
        return timed(async () => inTransaction(world.pool, async (tx) => copyRows(tx, rows.get(round) ?? [])))
      },
      close: async () => world.close(),
    }
  },
}

/** The group stands in the resources of this round and of those before. */
function assigned(base: Desired, round: number): Desired {
  const objects = base.objects.map((object) =>
    object.kind === 'Resource' && Number(object.name.slice(1)) <= round
      ? { ...object, spec: { ...object.spec, groups: ['all'] } }
      : object,
  )
  return { ...base, objects }
}

function configuration(): Files {
  const service = (name: string) =>
    document('Service', { name }, { generator: 'passwd', requires: ['user.login', 'user-facility.uid'] })
  const uid = document(
    'Attribute',
    { name: 'user-facility.uid' },
    {
      ...{ type: 'integer', unique: 'facility', read: ['everyone'], write: ['nobody'] },
      generate: { sequence: { from: 10_000, to: 60_000, per: 'facility' } },
    },
  )
  const facility = (index: number) =>
    document(
      'Facility',
      { name: `f${index}` },
      { services: Object.fromEntries(services.map((name) => [name, {}])), offers: [{ name: 'main', vo: 'big' }] },
    )
  const resource = (index: number) =>
    document('Resource', { vo: 'big', name: `r${index}` }, { facility: `f${index}`, services, groups: [] })
  const users = numbers(people).map((index) =>
    document('User', { name: `p${index}` }, { identities: [`idp/p${index}`], attributes: { login: `p${index}x` } }),
  )
  const files = numbers(10).map((part) => {
    const documents = users.slice(part * 1_000, (part + 1) * 1_000)
    return [`users-${part}.yaml`, together(...documents)] as const
  })
  return {
    'instance.yaml': ground(uid, ...services.map(service), ...numbers(rounds).map(facility)),
    'vo.yaml': together(
      document('VO', { name: 'big' }, {}),
      document('Group', { vo: 'big', name: 'all' }, { membersFrom: 'all.csv' }),
      ...numbers(rounds).map(resource),
    ),
    'all.csv': ['identity', ...numbers(people).map((index) => `idp/p${index}`)].join('\n'),
    ...Object.fromEntries(files),
  }
}

/** Rows of one table, as JSON. */
interface Written {
  readonly table: string
  readonly count: number
}

async function tables(pool: Pool | Tx): Promise<string[]> {
  const { rows } = await pool.query<{ name: string }>(
    `select relname as name from pg_class where relnamespace = 'public'::regnamespace and relkind = 'r' order by 1`,
  )
  return rows.map(({ name }) => name)
}

/** A copy of each table with its indexes, and one to keep the rows in. */
async function makeCopies(pool: Pool): Promise<void> {
  const names = await tables(pool)
  await pool.query('create schema copies')
  await pool.query('create schema kept')
  for (const name of names) {
    await pool.query(
      `create table copies."${name}" (like public."${name}" including all excluding identity excluding generated)`,
    )
    await pool.query(`create table kept."${name}" (like public."${name}")`)
  }
}

class Rehearsed extends Error {}

/** Applies, keeps the rows that this wrote, and rolls the apply back. */
async function rehearse(pool: Pool, desired: Desired): Promise<readonly Written[]> {
  const decided = plan(await loadState(pool, { lossesSince: asOf }), desired)
  const [step] = decided.apply
  if (step === undefined) throw new Error('Nothing is to be assigned')
  const epoch = await takeEpoch(pool, [step.scope])
  const input = { ...step, epoch, cause: { actor: 'bench' }, asOf, offers: decided.offers }
  const found = new Map<string, readonly unknown[]>()
  await inTransaction(pool, async (tx) => {
    await applyChanges(tx, input)
    for (const name of await tables(tx)) {
      const { rows } = await tx.query<{ row: unknown }>(
        `select to_jsonb(t) as row from public."${name}" t where xmin = (pg_current_xact_id()::text::bigint % 4294967296)::text::xid`,
      )
      if (rows.length > 0)
        found.set(
          name,
          rows.map(({ row }) => row),
        )
    }
    throw new Rehearsed()
  }).catch((error: unknown) => {
    if (!(error instanceof Rehearsed)) throw error
  })
  for (const [name, rows] of found) {
    await pool.query(`truncate kept."${name}"`)
    await pool.query(`truncate copies."${name}"`)
    await pool.query(`insert into kept."${name}" select * from jsonb_populate_recordset(null::kept."${name}", $1)`, [
      JSON.stringify(rows),
    ])
  }
  return [...found].map(([table, rows]) => ({ table, count: rows.length }))
}

async function copyRows(tx: Tx, written: readonly Written[]): Promise<void> {
  for (const { table } of written) await tx.query(`insert into copies."${table}" select * from kept."${table}"`)
}

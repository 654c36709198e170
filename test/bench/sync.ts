import { createReadStream, createWriteStream, statSync, writeFileSync } from 'node:fs'
import { createInterface } from 'node:readline'
import { pipeline } from 'node:stream/promises'
import { from as copyFrom, to as copyTo } from 'pg-copy-streams'
import { inTransaction, syncMembers, type Pool, type SubjectRead, type SyncResult } from '../../store/index.ts'
import { timed, type Bench, type Sides } from './measure.ts'
import { apply, asOf, document, ground, numbers, openWorld, read, together, writeFiles, type World } from './world.ts'

const people = 100_000
const changes = 100

/** A source of a hundred thousand is read for the first time, against `COPY` of the rows that this makes into the same tables. */
export const firstSyncBench: Bench = {
  name: 'first-sync',
  goal: 5,
  prepare: async () => {
    const world = await open()
    const file = writeCsv(world, 'all.csv', numbers(people))
    await expectOutcome(world, file, 'changed')
    const copies = await keepRows(world)
    return {
      value: async () => {
        await empty(world.pool)
        return timed(async () => expectOutcome(world, file, 'changed'))
      },
      baseline: async () => copyRows(world.pool, copies),
      close: async () => world.close(),
    }
  },
}

/** The same source again, against `COPY` of its file into a table with an index. */
export const unchangedSyncBench: Bench = {
  name: 'sync-unchanged',
  goal: 2.5,
  prepare: async () => again((world) => [writeCsv(world, 'all.csv', numbers(people))], 'unchanged'),
}

/** Of a hundred thousand, fifty leave and fifty come. */
export const changedSyncBench: Bench = {
  name: 'sync-100',
  goal: 2.5,
  prepare: async () =>
    again(
      (world) =>
        [0, 1].map((turn) => {
          const own = numbers(changes / 2).map((index) => people + turn * changes + index)
          return writeCsv(world, `turn-${turn}.csv`, [...numbers(people - changes / 2), ...own])
        }),
      'changed',
    ),
}

async function again(files: (world: World) => readonly string[], outcome: SyncResult['outcome']): Promise<Sides> {
  const world = await open()
  const turns = files(world)
  const [first = '', ...others] = turns
  const last = others.at(-1) ?? first
  await expectOutcome(world, last, 'changed')
  await world.pool.query('vacuum analyze')
  await world.pool.query('create table csv (identity text collate "C" primary key, expires date)')
  let turn = 0
  return {
    value: async () => {
      const file = turns[turn % turns.length] ?? first
      turn += 1
      return timed(async () => expectOutcome(world, file, outcome))
    },
    baseline: async () => {
      await world.pool.query('truncate csv')
      return timed(async () => copyIn(world.pool, 'csv', { file: first, format: 'format csv, header' }))
    },
    close: async () => world.close(),
  }
}

async function open(): Promise<World> {
  const world = await openWorld()
  const configuration = {
    'instance.yaml': ground(document('Source', { name: 'hr' }, { type: 'declared', loa: 2 })),
    'vo.yaml': together(document('VO', { name: 'big' }, {}), document('Group', { vo: 'big', name: 'all' }, {})),
  }
  await apply(world.pool, await read(writeFiles(`${world.home}/configuration`, configuration)))
  return world
}

function writeCsv({ home }: World, name: string, persons: readonly number[]): string {
  const file = `${home}/${name}`
  writeFileSync(file, ['identity,expires', ...persons.map((person) => `hr/person-${person},`), ''].join('\n'))
  return file
}

async function expectOutcome({ pool }: World, file: string, expected: SyncResult['outcome']): Promise<void> {
  const { outcome } = await inTransaction(pool, async (tx) =>
    syncMembers(tx, {
      ...{ source: 'hr', vo: 'big', group: 'all', mode: 'full', authoritative: false },
      ...{ absent: { then: 'remove', runs: 1 }, subjects: readCsv(file), now: asOf },
    }),
  )
  if (outcome !== expected) throw new Error(`The sync is ${outcome}, expected ${expected}`)
}

/** The file line by line, a thousand subjects a page. */
function readCsv(file: string): SubjectRead {
  return {
    [Symbol.asyncIterator]: async function* () {
      let count = -1
      let page: { identity: string; expires?: string }[] = []
      for await (const line of createInterface({ input: createReadStream(file) })) {
        count += 1
        if (count === 0) continue
        const [identity = '', expires = ''] = line.split(',')
        page.push(expires === '' ? { identity } : { identity, expires })
        if (page.length < 1_000) continue
        yield page
        page = []
      }
      yield page
      return { complete: true, count }
    },
  }
}

/** What a first sync writes, and to where. */
const tables = ['person', 'identity', 'member', 'membership', 'event', 'event_detail', 'chain', 'sync_run'] as const

/** Keeps the rows of these tables in files, and makes a copy of each table with its indexes. */
async function keepRows({ pool, home }: World): Promise<ReadonlyMap<string, string>> {
  await pool.query('create schema copies')
  const kept = new Map<string, string>()
  for (const table of tables) {
    await pool.query(
      `create table copies.${table} (like public.${table} including all excluding identity excluding generated)`,
    )
    const file = `${home}/${table}.copy`
    const tx = await pool.connect()
    await pipeline(tx.query(copyTo(`copy (select * from public.${table}) to stdout`)), createWriteStream(file))
    tx.release()
    if (statSync(file).size > 0) kept.set(table, file)
  }
  return kept
}

async function copyRows(pool: Pool, files: ReadonlyMap<string, string>): Promise<number> {
  await pool.query(`truncate ${[...files.keys()].map((table) => `copies.${table}`).join(', ')}`)
  return timed(async () => {
    for (const [table, file] of files) await copyIn(pool, `copies.${table}`, { file })
  })
}

async function copyIn(
  pool: Pool,
  table: string,
  { file, format = 'format text' }: { readonly file: string; readonly format?: string },
): Promise<void> {
  const tx = await pool.connect()
  await pipeline(createReadStream(file), tx.query(copyFrom(`copy ${table} from stdin (${format})`)))
  tx.release()
}

/** Nobody was ever heard of. */
async function empty(pool: Pool): Promise<void> {
  await pool.query(
    'truncate person, membership, membership_past, member_past, event, event_detail, event_vo, chain, sync cascade',
  )
  await pool.query(`update chain_head set number = 0, hash = ''`)
  await pool.query('vacuum analyze')
  await pool.query('checkpoint')
}

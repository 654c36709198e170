import { createReadStream, createWriteStream, statSync, writeFileSync } from 'node:fs'
import { createInterface } from 'node:readline'
import { pipeline } from 'node:stream/promises'
import { from as copyFrom, to as copyTo } from 'pg-copy-streams'
import type { SyncSubject } from '../../core/sources/subject.ts'
import { inTransaction, syncMembers, type Pool, type SubjectRead, type SyncResult } from '../../store/index.ts'
import { timed, type Bench, type Sides } from './measure.ts'
import { apply, asOf, document, ground, numbers, openWorld, read, together, writeFiles, type World } from './world.ts'

const changes = 100
const sizes = [100_000, 10_000] as const

/** What a source is asked for. */
interface Reading {
  readonly people: number
  /** Whether it says name and address of each. */
  readonly hasValues: boolean
}

/** The three figures of each size, of identities alone and with what a source says of people. */
export const syncBenches: readonly Bench[] = sizes.flatMap((people) =>
  [false, true].flatMap((hasValues) => {
    const reading = { people, hasValues }
    return [firstSync(reading), unchangedSync(reading), changedSync(reading)]
  }),
)

/** A name of the design's for the largest read of identities; the others say what they read besides. */
function named(name: string, { people, hasValues }: Reading): string {
  return [name, ...(hasValues ? ['values'] : []), ...(people === sizes[0] ? [] : [people])].join('-')
}

/** A source is read for the first time, against `COPY` of the rows that this makes into the same tables. */
function firstSync(reading: Reading): Bench {
  return {
    name: named('first-sync', reading),
    goal: 5,
    prepare: async () => {
      const world = await open(reading)
      const file = writeCsv(world, 'all.csv', { ...reading, persons: numbers(reading.people) })
      await expectOutcome(world, file, 'changed')
      await expectValues(world, reading)
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
}

/** The same source again, against `COPY` of its file into a table with an index; values are compared besides, two of each person. */
function unchangedSync(reading: Reading): Bench {
  return {
    name: named('sync-unchanged', reading),
    goal: goalOfAgain(reading),
    prepare: async () =>
      again(
        reading,
        (world) => [writeCsv(world, 'all.csv', { ...reading, persons: numbers(reading.people) })],
        'unchanged',
      ),
  }
}

function goalOfAgain({ hasValues }: Reading): number {
  return hasValues ? 5 : 2.5
}

/** Fifty leave and fifty come. */
function changedSync(reading: Reading): Bench {
  const { people } = reading
  return {
    name: named('sync-100', reading),
    // The design's goal is for 100,000 people: among fewer the same hundred changes are more of the whole.
    goal: reading.people < 100_000 ? 10 : goalOfAgain(reading),
    prepare: async () =>
      again(
        reading,
        (world) =>
          [0, 1].map((turn) => {
            const own = numbers(changes / 2).map((index) => people + turn * changes + index)
            const persons = [...numbers(people - changes / 2), ...own]
            return writeCsv(world, `turn-${turn}.csv`, { ...reading, persons })
          }),
        'changed',
      ),
  }
}

async function again(
  { people, hasValues }: Reading,
  files: (world: World) => readonly string[],
  outcome: SyncResult['outcome'],
): Promise<Sides> {
  const world = await open({ hasValues })
  const turns = files(world)
  const [first = '', ...others] = turns
  const last = others.at(-1) ?? first
  await expectOutcome(world, last, 'changed')
  await expectValues(world, { people, hasValues })
  await world.pool.query('vacuum analyze')
  const columns = hasValues ? ', name text, address text' : ''
  await world.pool.query(`create table csv (identity text collate "C" primary key, expires date${columns})`)
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

async function open({ hasValues }: Pick<Reading, 'hasValues'>): Promise<World> {
  const world = await openWorld()
  const attributes = { 'user.displayName': '${name}', 'user.email': '${address}' }
  const spec = { type: 'csv', options: { file: 'all.csv' }, vos: ['big'], login: '${id}' }
  const configuration = {
    'all.csv': 'id,name,address\n',
    'instance.yaml': ground(document('Source', { name: 'hr' }, { ...spec, ...(hasValues && { attributes }) })),
    'vo.yaml': together(document('VO', { name: 'big' }, {}), document('Group', { vo: 'big', name: 'all' }, {})),
  }
  await apply(world.pool, await read(writeFiles(`${world.home}/configuration`, configuration)))
  return world
}

function writeCsv(
  { home }: World,
  name: string,
  { persons, hasValues }: Pick<Reading, 'hasValues'> & { readonly persons: readonly number[] },
): string {
  const file = `${home}/${name}`
  const values = (person: number) => (hasValues ? `,Person ${person},person-${person}@example.org` : '')
  const lines = persons.map((person) => `hr/person-${person},${values(person)}`)
  writeFileSync(file, [`identity,expires${hasValues ? ',name,address' : ''}`, ...lines, ''].join('\n'))
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

async function expectValues({ pool }: World, { people, hasValues }: Reading): Promise<void> {
  const { rows } = await pool.query<{ values: number }>('select count(*)::integer as values from attribute_value')
  const expected = hasValues ? 2 * people : 0
  if (rows[0]?.values !== expected) throw new Error(`There are ${rows[0]?.values} values, expected ${expected}`)
}

/** The file line by line, a thousand subjects a page. */
function readCsv(file: string): SubjectRead {
  return {
    [Symbol.asyncIterator]: async function* () {
      let count = -1
      let page: SyncSubject[] = []
      for await (const line of createInterface({ input: createReadStream(file) })) {
        count += 1
        if (count === 0) continue
        page.push(subjectOf(line))
        if (page.length < 1_000) continue
        yield page
        page = []
      }
      yield page
      return { complete: true, count }
    },
  }
}

function subjectOf(line: string): SyncSubject {
  const [identity = '', , name = '', address = ''] = line.split(',')
  return name === '' ? { identity } : { identity, values: { 'user.displayName': name, 'user.email': address } }
}

/** What a first sync writes, and to where. */
const tables = [
  ...['person', 'identity', 'member', 'membership', 'attribute_value', 'attribute_unique'],
  ...['event', 'event_detail', 'chain', 'sync_run'],
] as const

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
    `truncate person, membership, membership_past, member_past, attribute_value, attribute_unique, event, event_detail, event_vo,
       chain, sync cascade`,
  )
  await pool.query(`update chain_head set number = 0, hash = ''`)
  await pool.query('vacuum analyze')
  await pool.query('checkpoint')
}

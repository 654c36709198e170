import { afterEach, beforeEach, describe, expect, it } from '@jest/globals'
import {
  dropOldSnapshots,
  foldOutbox,
  inTransaction,
  listDeliveries,
  listPending,
  listStale,
  openStoredSnapshot,
  readSnapshotInput,
  readStatus,
  recordDelivered,
  recordSnapshotFailed,
  storeSnapshot,
  type SnapshotPiece,
} from '../../../store/index.ts'
import { createTestDatabase, type TestDatabase } from '../../support/test-database.ts'
import { add, apply, change, document, monday, row, smallWorld, stored, tuesday } from './world.ts'

let database: TestDatabase

beforeEach(async () => {
  database = await createTestDatabase()
  await apply(database.pool, smallWorld())
})

afterEach(async () => {
  await database.drop()
})

const which = { facility: 'hpc', service: 'passwd' }
const passwd = { carriesStatus: true, requires: ['user.login', 'user-facility.uid'], uses: ['user.displayName'] }

async function all<T>(items: AsyncIterable<T>): Promise<T[]> {
  const found: T[] = []
  for await (const item of items) found.push(item)
  return found
}

function pieces(text: string): SnapshotPiece[] {
  return [
    { file: 'passwd', bytes: Buffer.from(text) },
    { file: 'info', bytes: Buffer.from('generation ') },
    { file: 'passwd', bytes: Buffer.from('end\n') },
    { file: 'info', bytes: null },
  ]
}

async function store(chunks: Iterable<SnapshotPiece>) {
  return inTransaction(database.pool, (tx) => storeSnapshot(tx, { ...which, at: monday, chunks }), {
    isolation: 'repeatable read',
  })
}

describe('what a generator reads', () => {
  it('is everybody with access once, by first identity, with the values that were asked for', async () => {
    const read = await inTransaction(
      database.pool,
      async (tx) => {
        const input = await readSnapshotInput(tx, which, passwd)
        return {
          ...input,
          accounts: (await all(input.accounts())).flat(),
          members: (await all(input.members())).flat(),
          groupMembers: (await all(input.groupMembers())).flat(),
          leftOut: await all(input.leftOut()),
          given: input.given(),
        }
      },
      { isolation: 'repeatable read' },
    )

    const ada = {
      identities: ['idp/ada', 'github/ada'],
      status: 'VALID',
      banned: false,
      attributes: { 'user-facility.uid': 10000, 'user.login': 'ada' },
    }
    const grace = {
      identities: ['idp/grace'],
      status: 'VALID',
      banned: false,
      attributes: { 'user-facility.uid': 10001, 'user.login': 'grace' },
    }
    expect(read).toEqual({
      ...which,
      given: { accounts: 2, members: 2, groupMembers: 2 },
      needs: ['user-facility.uid', 'user.displayName', 'user.login'],
      options: { homeBase: '/home' },
      templates: {},
      resources: [{ vo: 'astro', name: 'cluster', capabilities: [], attributes: {} }],
      groups: [{ vo: 'astro', name: 'telescope', attributes: {} }],
      accounts: [ada, grace],
      members: [
        { resource: 0, account: ada },
        { resource: 0, account: grace },
      ],
      groupMembers: [
        { group: 0, account: ada },
        { group: 0, account: grace },
      ],
      leftOut: [],
    })
  })

  it('leaves out who lacks a value and says so', async () => {
    const { pool } = database
    const grace = await stored(pool, 'User', 'grace')
    await apply(pool, [change(grace, document('User', 'grace', { identities: ['idp/grace'] }))])

    const read = await inTransaction(pool, async (tx) => {
      const input = await readSnapshotInput(tx, which, passwd)
      return { accounts: (await all(input.accounts())).flat(), leftOut: await all(input.leftOut()) }
    })

    expect(read.accounts.map(({ identities }) => identities[0])).toEqual(['idp/ada'])
    expect(read.leftOut).toEqual([{ kind: 'left-out', user: 'idp/grace', reason: 'has no user.login' }])
  })

  it('takes another attribute where the facility says so, and all members where the VO is assigned whole', async () => {
    const { pool } = database
    const facility = await stored(pool, 'Facility', 'hpc')
    const cluster = await stored(pool, 'Resource', 'cluster')
    await apply(pool, [
      add(document('Attribute', 'user.loginHpc', { type: 'string', default: 'shared' })),
      change(facility, document('Facility', 'hpc', { ...facility.spec, use: { 'user.login': 'user.loginHpc' } })),
      change(cluster, document('Resource', 'cluster', { ...cluster.spec, groups: ['members'] }, 'astro')),
      row('add', 'astro', 'idp/linus'),
    ])

    const read = await inTransaction(pool, async (tx) =>
      (await all((await readSnapshotInput(tx, which, passwd)).accounts())).flat(),
    )

    expect(read.map(({ identities, attributes }) => [identities[0], attributes['user.login']])).toEqual([
      ['idp/ada', 'shared'],
      ['idp/grace', 'shared'],
      ['idp/linus', 'shared'],
    ])
  })
})

describe('a snapshot', () => {
  it('gets a new generation only with new content', async () => {
    const results = [
      await store(pieces('ada\n')),
      await store(pieces('ada\n')),
      await store(pieces('grace\n')),
      await store(pieces('ada\n')),
    ]

    expect(results.map(({ generation, changed }) => [generation, changed])).toEqual([
      [1, true],
      [1, false],
      [2, true],
      [3, true],
    ])
    expect(results[0]?.hash).toBe(results[3]?.hash)
  })

  it('has the same hash however its bytes were cut, and reads back with the generation filled in', async () => {
    const cut = ['a', 'd', 'a', '\n'].map((letter) => ({ file: 'passwd', bytes: Buffer.from(letter) }))
    const first = await store(pieces('ada\n'))
    const again = await store([...cut, ...pieces('')])

    const snapshot = await openStoredSnapshot(database.pool, which)
    const texts = await Promise.all(
      (snapshot?.files ?? []).map(async ({ path }) => Buffer.concat(await all(snapshot?.read(path) ?? none()))),
    )
    expect(again).toEqual({ ...first, changed: false })
    expect(snapshot?.files).toEqual([
      { path: 'info', size: 12 },
      { path: 'passwd', size: 8 },
    ])
    expect(texts.map(String)).toEqual(['generation 1', 'ada\nend\n'])
  })

  it('keeps many megabytes in chunks, and none of them when nothing changed', async () => {
    const big = () => Array.from({ length: 60 }, (_, at) => ({ file: `f${at % 3}`, bytes: Buffer.alloc(150_000, at) }))
    const first = await store(big())
    const second = await store(big())

    const { rows } = await database.pool.query(
      'select count(distinct snapshot_id)::integer as snapshots, max(length(bytes)) <= 1000000 as small from snapshot_chunk',
    )
    expect([first.changed, second.changed]).toEqual([true, false])
    expect(rows).toEqual([{ snapshots: 1, small: true }])
  })

  it('is kept while it is the newest or delivered somewhere, and a day longer', async () => {
    const { pool } = database
    const delivered = await store(pieces('1'))
    await recordDelivered(pool, {
      ...which,
      destination: 'copy',
      generation: delivered.generation,
      hash: delivered.hash,
      at: monday,
    })
    await store(pieces('2'))
    await store(pieces('3'))

    const early = await dropOldSnapshots(pool, monday)
    const late = await dropOldSnapshots(pool, new Date(tuesday.getTime() + 1))

    const { rows } = await pool.query('select generation from snapshot order by 1')
    expect([early, late, rows]).toEqual([0, 1, [{ generation: 1 }, { generation: 3 }]])
    expect((await listPending(pool, 'hpc')).map(({ destination, generation }) => [destination, generation])).toEqual([
      ['copy', 3],
    ])
  })
})

describe('a snapshot that cannot be made', () => {
  async function seen() {
    const { errors } = await readStatus(database.pool, new Date())
    const deliveries = await listDeliveries(database.pool)
    return { errors, deliveries: deliveries.map(({ state, error }) => ({ state, error })) }
  }

  it('is seen with its reason until one is stored, and what was delivered stands', async () => {
    const { pool } = database
    const { generation, hash } = await store(pieces('ada\n'))
    await recordDelivered(pool, { ...which, destination: 'copy', generation, hash, at: monday })
    await recordSnapshotFailed(pool, { ...which, error: 'an older one' })
    await recordSnapshotFailed(pool, { ...which, error: 'TEMPLATE_FAILED: line 3' })

    const failed = await seen()
    await store(pieces('ada\n'))
    const stored = await seen()

    const message = 'Cannot make the files of service "passwd" for facility "hpc": TEMPLATE_FAILED: line 3'
    const nowhere = { file: null, line: null, column: null, path: null }
    expect(failed).toEqual({
      errors: [{ severity: 'error', code: 'snapshot-failed', message, ...nowhere }],
      deliveries: [{ state: 'pending', error: 'TEMPLATE_FAILED: line 3' }],
    })
    expect(stored).toEqual({ errors: [], deliveries: [{ state: expect.any(String), error: null }] })
    expect((await openStoredSnapshot(pool, which))?.generation).toBe(1)
  })

  it('is seen also before the first, but not of a facility that is gone', async () => {
    const { pool } = database
    await recordSnapshotFailed(pool, { ...which, error: 'no such file' })
    await recordSnapshotFailed(pool, { facility: 'gone', service: 'passwd', error: 'no such file' })

    const { errors } = await seen()

    expect(errors.map(({ message }) => message)).toEqual([
      'Cannot make the files of service "passwd" for facility "hpc": no such file',
    ])
    expect((await store(pieces('ada\n'))).generation).toBe(1)
  })
})

describe('the outbox', () => {
  it('remembers since when a service is stale, however often more is wanted, until a snapshot is taken', async () => {
    const { pool } = database
    const want = async (at: Date) => {
      await pool.query(
        `insert into outbox (facility_id, service_id, priority, at) select facility_id, service_id, 3, $1 from facility_service`,
        [at],
      )
      await inTransaction(pool, (tx) => foldOutbox(tx, 100))
      return (await listStale(pool)).map(({ since, wanted }) => ({ since, wanted }))
    }
    await inTransaction(pool, (tx) => foldOutbox(tx, 100))
    await store(pieces('ada'))

    const [first] = await want(monday)
    const [more] = await want(tuesday)
    await store(pieces('ada'))
    const [anew] = await want(tuesday)

    expect([first?.since, more?.since, anew?.since]).toEqual([monday, monday, tuesday])
    expect(new Set([first?.wanted, more?.wanted, anew?.wanted]).size).toBe(3)
  })

  it('leads to a stale service until a snapshot is taken', async () => {
    const { pool } = database
    const folded = await inTransaction(pool, (tx) => foldOutbox(tx, 100))
    const stale = (await listStale(pool)).map(({ facility, services }) => ({ facility, services }))
    await store(pieces('ada'))

    expect(folded).toEqual({ folded: expect.any(Number), facilities: [{ facility: 'hpc', priority: 3 }] })
    expect([stale, await listStale(pool)]).toEqual([[{ facility: 'hpc', services: ['passwd'] }], []])
  })

  it('loses no row of a transaction that commits after later ones were folded', async () => {
    const { pool } = database
    await inTransaction(pool, (tx) => foldOutbox(tx, 100))
    await store(pieces('ada'))
    const slow = await pool.connect()
    await slow.query('begin')
    await slow.query(
      `insert into outbox (facility_id, service_id, priority, at) select facility_id, service_id, 1, now() from facility_service`,
    )
    await pool.query(
      `insert into outbox (facility_id, service_id, priority, at) select facility_id, service_id, 3, now() from facility_service`,
    )
    const first = await inTransaction(pool, (tx) => foldOutbox(tx, 100))
    await store(pieces('ada'))
    await slow.query('commit')
    slow.release()

    const second = await inTransaction(pool, (tx) => foldOutbox(tx, 100))

    expect([first.folded, second.folded]).toEqual([1, 1])
    expect((await listStale(pool)).length).toBe(1)
  })
})

async function* none(): AsyncIterable<Uint8Array> {
  yield* []
}

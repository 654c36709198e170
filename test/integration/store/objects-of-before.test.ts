import { afterEach, beforeEach, describe, expect, it } from '@jest/globals'
import type { Change } from '../../../core/model/plan.ts'
import {
  addBans,
  explain,
  explainMembership,
  inTransaction,
  listAccess,
  listMembers,
  listPastDeliveries,
  recordDelivered,
} from '../../../store/index.ts'
import { createTestDatabase, type TestDatabase } from '../../support/test-database.ts'
import { add, apply, change, document, remove, smallWorld, stored } from './world.ts'

let database: TestDatabase

const noon = (day: string): Date => new Date(`${day}T12:00:00Z`)
const askedAt = noon('2026-12-31')
const asOf = noon('2026-01-15')

beforeEach(async () => {
  database = await createTestDatabase()
  await apply(database.pool, [
    ...smallWorld(),
    add(document('Facility', 'archive', { services: { passwd: { options: { homeBase: '/home' } } } })),
  ])
})

afterEach(async () => database.drop())

async function on(day: string, ...changes: Change[]): Promise<void> {
  await apply(database.pool, changes, { asOf: noon(day) })
}

const cluster = (facility: string, name = 'cluster') =>
  document('Resource', name, { facility, services: ['passwd'], groups: ['telescope'] }, 'astro')

interface Place {
  readonly vo: string
  readonly group: string
  readonly resource: string
}

const astro: Place = { vo: 'astro', group: 'telescope', resource: 'cluster' }

/** All that is told of then; places in files are those of now. */
async function told({ vo, group, resource }: Place): Promise<object> {
  const when = { asOf, askedAt }
  const why = await explain(database.pool, { identity: 'idp/grace', vo, resource, ...when })
  return {
    all: await listMembers(database.pool, { vo, ...when }),
    group: await listMembers(database.pool, { vo, group, ...when }),
    access: await listAccess(database.pool, { vo, resource, ...when }),
    why: { ...why, chain: why.chain.map(({ kind, name }) => `${kind} ${name}`) },
    member: await explainMembership(database.pool, { identity: 'idp/ada', vo, ...when }),
  }
}

async function ban(place: 'facility' | 'resource' | 'vo', user: string): Promise<void> {
  const places = {
    facility: { kind: 'facility', name: 'hpc' },
    resource: { kind: 'resource', vo: 'astro', name: 'cluster' },
    vo: { kind: 'vo', vo: 'astro' },
  } as const
  const requests = [{ user, reason: 'abuse', until: null }]
  await inTransaction(database.pool, (tx) =>
    addBans(tx, { place: places[place], requests, cause: { actor: 'local/test' }, now: noon('2026-01-10') }),
  )
}

describe('what was so before', () => {
  it('is told by the facility that the resource was on', async () => {
    await ban('facility', 'idp/grace')
    const before = await told(astro)
    await on('2026-01-20', change(await stored(database.pool, 'Resource', 'cluster'), cluster('archive')))

    expect(await told(astro)).toEqual(before)
    expect(before).toMatchObject({
      why: { access: false, missing: [{ message: '"idp/grace" is banned from facility "hpc": abuse' }] },
      access: {
        members: [
          { user: 'idp/ada', access: true },
          { user: 'idp/grace', access: false, banned: true },
        ],
      },
    })
  })

  it('is told under the names of then, and under those of now', async () => {
    const before = await told(astro)
    await on(
      '2026-01-20',
      change(await stored(database.pool, 'VO', 'astro'), document('VO', 'stars', { managers: [{ user: 'idp/ada' }] })),
    )
    await on(
      '2026-01-21',
      change(await stored(database.pool, 'Group', 'telescope'), document('Group', 'scope', {}, 'stars')),
      change(
        await stored(database.pool, 'Resource', 'cluster'),
        document('Resource', 'batch', { facility: 'hpc', services: ['passwd'], groups: ['scope'] }, 'stars'),
      ),
    )
    await on('2026-01-22', change(await stored(database.pool, 'Facility', 'hpc'), document('Facility', 'super', {})))

    expect(await told(astro)).toEqual(before)
    expect(await told({ vo: 'stars', group: 'scope', resource: 'batch' })).toMatchObject({
      why: { chain: expect.arrayContaining(['Resource astro/cluster', 'Facility hpc']) },
    })
    await expect(listMembers(database.pool, { vo: 'astro', askedAt })).rejects.toMatchObject({ code: 'OBJECT_UNKNOWN' })
  })

  it.each(['resource', 'vo'] as const)('is told of all that is gone, and of a ban from the %s', async (place) => {
    await ban(place, 'idp/ada')
    const before = await told(astro)
    const gone = ['cluster', 'telescope', 'telescope:operators', 'astro']
    const kinds = ['Resource', 'Group', 'Group', 'VO'] as const
    const removed = await Promise.all(
      kinds.map(async (kind, index) => remove(await stored(database.pool, kind, gone[index] ?? ''))),
    )
    await on('2026-01-20', ...removed)
    await on('2026-01-21', remove(await stored(database.pool, 'Facility', 'hpc')))

    expect(withoutFiles(await told(astro))).toEqual(withoutFiles(before))
    await expect(told({ ...astro, resource: 'never' })).rejects.toMatchObject({ code: 'OBJECT_UNKNOWN' })
    await expect(
      listAccess(database.pool, { vo: 'astro', resource: 'cluster', askedAt, asOf: noon('2026-02-01') }),
    ).rejects.toMatchObject({ code: 'OBJECT_UNKNOWN' })
  })

  it('is told of deliveries under the name that a facility had then, and under the one of now', async () => {
    const place = { facility: 'hpc', service: 'passwd', destination: 'copy' }
    await recordDelivered(database.pool, { ...place, generation: 1, hash: 'abc', at: noon('2026-01-12') })
    await on('2026-01-20', change(await stored(database.pool, 'Facility', 'hpc'), document('Facility', 'super', {})))
    const list = async (facility: string) => listPastDeliveries(database.pool, { facility, asOf, askedAt })

    expect(await list('hpc')).toMatchObject([{ ...place, hash: 'abc' }])
    expect(await list('super')).toEqual(await list('hpc'))
    expect(await list('archive')).toEqual([])
  })

  it('is told of who had a name then, where another has it now', async () => {
    const before = await told(astro)
    await on('2026-01-20', remove(await stored(database.pool, 'Resource', 'cluster')))
    await on('2026-01-21', add(cluster('archive')))

    expect(await told(astro)).toEqual(before)
  })
})

/** Where rows stood in files is not kept once they are gone. */
function withoutFiles(told: object): unknown {
  const text = JSON.stringify(told, (key, value: unknown) => (key === 'file' || key === 'line' ? undefined : value))
  return JSON.parse(text)
}

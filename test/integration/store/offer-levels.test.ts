import { afterEach, beforeEach, describe, expect, it } from '@jest/globals'
import {
  actOnMembers,
  changeIdentities,
  explain,
  foldOutbox,
  inTransaction,
  listStale,
  nextDue,
  readSnapshotInput,
  runClock,
  verifyAudit,
} from '../../../store/index.ts'
import { createTestDatabase, type TestDatabase } from '../../support/test-database.ts'
import { add, apply, change, document, smallWorld, stored } from './world.ts'

let database: TestDatabase

const noon = (day: string): Date => new Date(`${day}T12:00:00Z`)
const offer = { name: 'main', vo: 'astro', loa: [2] }
const judged = [{ vo: 'astro', name: 'cluster', isWithin: true, loa: [2] }]

/** The offer to astro asks for LoA 2; people of idp have 1, and what they were seen with counts for a month. */
beforeEach(async () => {
  database = await createTestDatabase()
  const changes = smallWorld().map((one) =>
    one.kind === 'Source' ? add(document('Source', 'idp', { type: 'declared', loa: 1, validFor: 'P1M' })) : one,
  )
  await apply(database.pool, [...changes, add(document('Source', 'github', { type: 'declared' }))])
  const hpc = await stored(database.pool, 'Facility', 'hpc')
  const limited = document('Facility', 'hpc', { ...hpc.spec, offers: [offer] })
  await apply(database.pool, [change(hpc, limited)], { offers: judged })
})

afterEach(async () => database.drop())

async function seen(identity: string, loa: number, day: string): Promise<void> {
  const requests = [{ identity, loa, at: noon(day) }]
  const input = { act: 'seen', requests, reason: '', cause: { actor: 'local/test' }, now: noon(day) } as const
  await inTransaction(database.pool, (tx) => changeIdentities(tx, input))
}

async function run(now: Date): Promise<void> {
  for (;;) {
    const step = await inTransaction(database.pool, (tx) => runClock(tx, { vo: 'astro', now, atMost: 100 }))
    if (!step.more) return
  }
}

/** Who is in the files, and in those of groups. */
async function delivered(): Promise<object> {
  const needs = { carriesStatus: true, requires: [], uses: [] }
  return inTransaction(
    database.pool,
    async (tx) => {
      const input = await readSnapshotInput(tx, { facility: 'hpc', service: 'passwd' }, needs)
      const [people, inGroups]: [string[], string[]] = [[], []]
      for await (const list of input.accounts()) people.push(...list.map(({ identities }) => String(identities[0])))
      for await (const list of input.groupMembers())
        inGroups.push(
          ...list.map(({ group, account }) => `${input.groups[group]?.name ?? ''} ${String(account.identities[0])}`),
        )
      return { people, inGroups }
    },
    { isolation: 'repeatable read' },
  )
}

async function why(identity: string) {
  return explain(database.pool, { identity, vo: 'astro', resource: 'cluster', askedAt: noon('2026-01-10') })
}

describe('an offer that asks for a level of assurance', () => {
  it('gives nobody access who has none, and why says which they have', async () => {
    expect(await delivered()).toEqual({ people: [], inGroups: [] })
    expect(await why('idp/ada')).toMatchObject({
      ...{ access: false, status: 'VALID' },
      missing: [
        {
          code: 'loa-missing',
          message:
            '"idp/ada" has no identity of LoA 2, which facility "hpc" asks for on resource "astro/cluster": theirs is 1',
        },
      ],
    })
  })

  it('gives access for as long as a sighting counts, and tells the facility when it is over', async () => {
    await seen('github/ada', 2, '2026-01-10')
    await seen('idp/grace', 2, '2026-01-15')

    expect(await delivered()).toEqual({
      people: ['idp/ada', 'idp/grace'],
      inGroups: ['telescope idp/ada', 'telescope idp/grace'],
    })
    expect(await why('idp/grace')).toMatchObject({ access: true, missing: [] })
    expect(await nextDue(database.pool, 'astro')).toEqual({
      ...{ at: new Date('2026-02-15T00:00:00Z'), kind: 'lapse', count: 1 },
    })
    await database.pool.query('delete from outbox; delete from stale')
    await run(noon('2026-02-14'))
    expect(await delivered()).toMatchObject({ people: ['idp/ada', 'idp/grace'] })
    await run(noon('2026-03-14'))
    await inTransaction(database.pool, (tx) => foldOutbox(tx, 100))

    expect(await delivered()).toEqual({ people: ['idp/ada'], inGroups: ['telescope idp/ada'] })
    expect(await listStale(database.pool)).toMatchObject([{ facility: 'hpc', services: ['passwd'] }])
    expect(await nextDue(database.pool, 'astro')).toEqual({ at: undefined, count: 0 })
    const { rows } = await database.pool.query(
      `select personal from event join event_detail on event_id = id where action = 'lapse'`,
    )
    expect(rows).toEqual([{ personal: { user: 'idp/grace', before: [2], after: [1] } }])
    expect((await verifyAudit(database.pool)).valid).toBe(true)
  })

  it('knows whoever joins, by the levels that their identity has', async () => {
    await seen('github/ada', 2, '2026-01-10')
    const common = {
      vo: 'astro',
      act: 'add',
      reason: '',
      cause: { actor: 'local/test' },
      now: noon('2026-01-12'),
    } as const
    await inTransaction(database.pool, (tx) => actOnMembers(tx, { ...common, requests: [{ user: 'github/new' }] }))
    await inTransaction(database.pool, (tx) =>
      actOnMembers(tx, { ...common, group: 'telescope', requests: [{ user: 'github/new' }] }),
    )

    expect(await why('github/new')).toMatchObject({ access: false, missing: [{ code: 'loa-missing' }] })
    await seen('github/new', 2, '2026-01-13')
    expect(await why('github/new')).toMatchObject({ access: true })
  })

  it('asks again where a source says something else, and no more once the offer does not', async () => {
    await seen('idp/ada', 2, '2025-12-20')
    const source = await stored(database.pool, 'Source', 'idp')

    expect(await delivered()).toMatchObject({ people: ['idp/ada'] })
    await apply(database.pool, [
      change(source, document('Source', 'idp', { type: 'declared', loa: 3, validFor: 'P1D' })),
    ])
    expect(await delivered()).toMatchObject({ people: [] })
    await apply(database.pool, [
      change(source, document('Source', 'idp', { type: 'declared', loa: 2, validFor: 'P1D' })),
    ])
    expect(await delivered()).toMatchObject({ people: ['idp/ada', 'idp/grace'] })

    await apply(database.pool, [change(source, document('Source', 'idp', { type: 'declared', loa: 3 }))])
    const hpc = await stored(database.pool, 'Facility', 'hpc')
    const spec = { ...hpc.spec, offers: [{ name: 'main', vo: 'astro' }] }
    await apply(database.pool, [change(hpc, document('Facility', 'hpc', spec))], {
      offers: [{ vo: 'astro', name: 'cluster', isWithin: true }],
    })
    expect(await delivered()).toMatchObject({ people: ['idp/ada', 'idp/grace'] })
  })
})

import { afterEach, beforeEach, describe, expect, it } from '@jest/globals'
import type { ServiceSpec } from '../../../schemas/generated/config.ts'
import { addBans, explain, inTransaction, listStale, foldOutbox, readSnapshotInput } from '../../../store/index.ts'
import { createTestDatabase, type TestDatabase } from '../../support/test-database.ts'
import { apply, change, document, monday, smallWorld, stored } from './world.ts'

let database: TestDatabase

/** Ada is EXPIRED, grace is banned. */
beforeEach(async () => {
  database = await createTestDatabase()
  await apply(database.pool, smallWorld())
  await database.pool.query(
    `update member set status = 'EXPIRED' where person_id = (select person_id from identity where ref = 'idp/ada')`,
  )
  const requests = [{ user: 'idp/grace', reason: 'abuse', until: null }]
  const input = {
    place: { kind: 'vo', vo: 'astro' } as const,
    requests,
    cause: { actor: 'local/test' },
    now: new Date(),
  }
  await inTransaction(database.pool, (tx) => addBans(tx, input))
})

afterEach(async () => database.drop())

async function deliver(wanted: ServiceSpec['deliver']): Promise<void> {
  const spec = { generator: 'passwd', ...(wanted === undefined ? {} : { deliver: wanted }) }
  await apply(database.pool, [
    change(await stored(database.pool, 'Service', 'passwd'), document('Service', 'passwd', spec)),
  ])
}

/** Whom the files show, by a generator whose files carry a status or do not. */
async function shown(carriesStatus: boolean): Promise<string[]> {
  const which = { facility: 'hpc', service: 'passwd' }
  return inTransaction(
    database.pool,
    async (tx) => {
      const input = await readSnapshotInput(tx, which, { carriesStatus, requires: [], uses: [] })
      const people: string[] = []
      for await (const accounts of input.accounts())
        people.push(...accounts.map(({ identities }) => String(identities[0])))
      return people
    },
    { isolation: 'repeatable read' },
  )
}

describe('whom a service delivers besides people with access', () => {
  it.each([
    [undefined, ['idp/ada', 'idp/grace'], []],
    [{}, ['idp/ada', 'idp/grace'], []],
    [{ expired: false }, ['idp/grace'], []],
    [{ banned: false }, ['idp/ada'], []],
    [{ expired: false, banned: false }, [], []],
    [{ expired: true, banned: true }, ['idp/ada', 'idp/grace'], []],
  ])('%j: %j in files with a status, %j in others', async (wanted, withStatus, without) => {
    await deliver(wanted)

    expect([await shown(true), await shown(false)]).toEqual([withStatus, without])
  })

  it('is a change that makes its services stale', async () => {
    await inTransaction(database.pool, (tx) => foldOutbox(tx, 100))
    await database.pool.query('delete from stale')

    await deliver({ expired: false })

    await inTransaction(database.pool, (tx) => foldOutbox(tx, 100))
    expect(await listStale(database.pool)).toMatchObject([{ facility: 'hpc', services: ['passwd'] }])
  })

  it('is told by why', async () => {
    await deliver({ expired: false, banned: false })

    const facts = async (identity: string) =>
      (await explain(database.pool, { identity, vo: 'astro', resource: 'cluster', askedAt: monday })).missing.map(
        ({ message }) => message,
      )

    expect((await facts('idp/ada')).at(-1)).toBe('"idp/ada" is EXPIRED, and service "passwd" delivers nobody who is')
    expect((await facts('idp/grace')).at(-1)).toBe('"idp/grace" is banned, and service "passwd" delivers nobody who is')
  })
})

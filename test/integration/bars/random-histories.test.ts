import { afterAll, beforeAll, describe, expect, it, jest } from '@jest/globals'
import { verifyAudit } from '../../../store/index.ts'
import { orphansAfter } from '../../support/orphans.ts'
import { countLeft, unheldIn } from '../../support/unheld.ts'
import { createTestDatabase, type TestDatabase } from '../../support/test-database.ts'
import { openHistory, randomHistories } from './history-world.ts'
import { faultsIn, UidBook } from './history-oracle.ts'
import { heldByAuthority, isAuthoritative, letGoFaults } from './history-syncs.ts'

// Some minutes on an idle machine of two cores; it has to end on a busy one too.
jest.setTimeout(1_500_000)

const numRuns = Number(process.env['GUILDHALL_TEST_HISTORIES'] ?? 400)

describe('random histories of joins, leaves, syncs, bans, guests, extensions, commits, moves, renames, exclusive VOs and days going by', () => {
  const seed = Number(process.env['GUILDHALL_TEST_SEED'] ?? 20261123)
  let database: TestDatabase
  beforeAll(async () => {
    database = await createTestDatabase()
  })
  afterAll(async () => database.drop())

  it('leave statuses, dates, closure, access and numbers as rows and rules say, and the audit chain whole', async () => {
    const { pool } = database
    const world = await openHistory(pool)
    const uids = new UidBook()
    for (const [index, steps] of randomHistories(numRuns, seed).entries()) {
      const told: string[] = []
      const faults: string[] = []
      for (const step of steps) {
        const before = await heldByAuthority(pool, world)
        told.push(await world.take(step))
        faults.push(...(await letGoFaults(pool, world, before)))
      }

      const { vo, groups } = world.names()
      faults.push(
        ...(await faultsIn(pool, {
          now: world.now(),
          isAuthoritative: (group) => isAuthoritative(groups.indexOf(group ?? '')),
        })),
        ...(await world.syncs.faultsIn(vo, groups)),
        ...(await uids.faultsIn(pool)),
        ...(await orphansAfter(pool, index)),
        ...(await unheldIn(pool)),
        ...(await world.left()),
      )
      const where = `history ${index} of seed ${seed}`
      expect({ where, told: faults.length > 0 ? told : [], faults }).toEqual({ where, told: [], faults: [] })
    }
    // Rules that never refuse anything would be none.
    expect(world.done().refused).toBeGreaterThan(0)
    expect(await countLeft(pool)).toBeGreaterThan(0)
    expect(await verifyAudit(pool)).toMatchObject({ valid: true })
  })
})

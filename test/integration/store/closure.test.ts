import { afterAll, beforeAll, expect, it } from '@jest/globals'
import fc from 'fast-check'
import { createTestDatabase, type TestDatabase } from '../../support/test-database.ts'
import { add, apply, change, document, smallWorld } from './world.ts'

let database: TestDatabase

beforeAll(async () => {
  database = await createTestDatabase()
  await apply(database.pool, smallWorld())
})

afterAll(async () => {
  await database.drop()
})

const size = 7
let round = 0

/** Includes go from a lower to a higher number only, so that there is no cycle. */
const graphs = fc.array(
  fc.tuple(fc.nat(size - 1), fc.nat(size - 1)).filter(([a, b]) => a < b),
  { maxLength: 15 },
)

it('keeps the closure equal to what walking the edges gives, also when the graph changes', async () => {
  await fc.assert(
    fc.asyncProperty(graphs, graphs, async (first, second) => {
      round += 1
      const vo = `v${round}`
      await apply(database.pool, [add(document('VO', vo)), ...names().map((name) => add(groupOf(vo, name, first)))])
      const before = await closureOf(vo)
      const ids = await idsIn(vo)
      const changes = names().map((name) =>
        change({ ...groupOf(vo, name, first), id: ids.get(name) ?? 0 }, groupOf(vo, name, second)),
      )
      await apply(database.pool, changes)
      const after = await closureOf(vo)

      expect([before, after]).toEqual([walked(first), walked(second)])
    }),
    { numRuns: 20 },
  )
}, 30_000)

function names(): string[] {
  return Array.from({ length: size }, (_, at) => `g${at}`)
}

function groupOf(vo: string, name: string, graph: readonly (readonly [number, number])[]) {
  const includes = graph.filter(([above]) => `g${above}` === name).map(([, below]) => `g${below}`)
  return document('Group', name, { includes: [...new Set(includes)] }, vo)
}

async function idsIn(vo: string): Promise<ReadonlyMap<string, number>> {
  const { rows } = await database.pool.query<{ name: string; id: number }>(
    'select g.name, g.id from groups g join vo on vo.id = g.vo_id where vo.name = $1',
    [vo],
  )
  return new Map(rows.map(({ name, id }) => [name, id]))
}

async function closureOf(vo: string): Promise<string[]> {
  const { rows } = await database.pool.query<{ pair: string }>(
    `select a.name || '>' || b.name as pair
     from closure c join groups a on a.id = c.above join groups b on b.id = c.below join vo on vo.id = a.vo_id
     where vo.name = $1 and not a.is_members order by 1`,
    [vo],
  )
  return rows.map(({ pair }) => pair)
}

function walked(graph: readonly (readonly [number, number])[]): string[] {
  const below = (at: number): number[] => [
    at,
    ...graph.filter(([above]) => above === at).flatMap(([, next]) => below(next)),
  ]
  return names()
    .flatMap((name, at) => [...new Set(below(at))].map((one) => `${name}>g${one}`))
    .toSorted()
}

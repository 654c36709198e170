import { afterEach, beforeEach, describe, expect, it } from '@jest/globals'
import type { DesiredRow } from '../../../core/model/state.ts'
import { inTransaction, updateRowPositions } from '../../../store/index.ts'
import { createTestDatabase, type TestDatabase } from '../../support/test-database.ts'
import { apply, row, smallWorld } from './world.ts'

let database: TestDatabase

beforeEach(async () => {
  database = await createTestDatabase()
  await apply(database.pool, [...smallWorld(), row('add', 'astro', 'idp/grace')])
})

afterEach(async () => database.drop())

const telescope = { vo: 'astro', group: 'telescope', user: 'idp/ada' }
const operators = { vo: 'astro', group: 'telescope:operators', user: 'idp/grace' }
const own = { vo: 'astro', user: 'idp/grace' }

function at(line: number, row: Omit<DesiredRow, 'at'>, file = 'moved.yaml'): DesiredRow {
  return { ...row, at: { file, line, column: 1 } }
}

async function update(...rows: readonly DesiredRow[]): Promise<void> {
  await inTransaction(database.pool, async (tx) => updateRowPositions(tx, rows))
}

/** Where the memberships stand, by group; the VO's own under its name. */
async function places(): Promise<object> {
  const { rows } = await database.pool.query<{ name: string; place: string }>(
    `select coalesce(g.name, vo.name) as name, m.file || ':' || m.line as place
     from membership m join vo on vo.id = m.vo_id left join groups g on g.id = m.group_id order by 1`,
  )
  return Object.fromEntries(rows.map(({ name, place }) => [name, place]))
}

/** Makes every membership stand in line 99; whoever looks at its rows mends that. */
async function spoil(): Promise<void> {
  await database.pool.query(`update membership set file = 'spoilt.yaml', line = 99`)
}

describe('the places of membership rows', () => {
  it("follow the commit, in groups and in the VO's own list", async () => {
    await update(at(3, telescope), at(5, operators), at(7, own, 'vo.yaml'))

    expect(await places()).toEqual({
      ...{ astro: 'vo.yaml:7', telescope: 'moved.yaml:3', 'telescope:operators': 'moved.yaml:5' },
    })
  })

  it('are looked at again only in groups that moved', async () => {
    await update(at(3, telescope), at(5, operators), at(7, own))
    await spoil()

    await update(at(3, telescope), at(6, operators), at(7, own))

    expect(await places()).toEqual({
      ...{ astro: 'spoilt.yaml:99', telescope: 'spoilt.yaml:99', 'telescope:operators': 'moved.yaml:6' },
    })
  })

  it('of a group are looked at again while a row of it is not in force', async () => {
    const grace = { ...telescope, user: 'idp/grace' }
    await update(at(3, telescope), at(4, grace))
    await apply(database.pool, [row('add', 'astro/telescope', 'idp/grace')])
    await spoil()

    await update(at(3, telescope), at(4, grace))

    const { rows } = await database.pool.query(
      `select m.line from membership m join groups g on g.id = m.group_id where g.name = 'telescope' order by 1`,
    )
    expect(rows).toEqual([{ line: 3 }, { line: 4 }])
  })

  it('go back to where they were', async () => {
    await update(at(3, telescope))
    await update(at(4, telescope))

    await update(at(3, telescope))

    expect(await places()).toMatchObject({ telescope: 'moved.yaml:3' })
  })
})

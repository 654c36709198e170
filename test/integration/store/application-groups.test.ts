import { afterEach, beforeEach, describe, expect, it } from '@jest/globals'
import { actOnMembers, inTransaction, lookAtApplication } from '../../../store/index.ts'
import { createTestDatabase, type TestDatabase } from '../../support/test-database.ts'
import { applicationsIn, compileSchema, noon, reasonOf } from './applications-world.ts'
import { add, apply, document } from './world.ts'

let database: TestDatabase

beforeEach(async () => {
  database = await createTestDatabase()
})

afterEach(async () => database.drop())

const { act, astro, file, members, stateOf } = applicationsIn(() => database)

describe('a group that is chosen in an application for the VO', () => {
  const form = { for: 'initial', items: [{ name: 'teams', type: 'group', groups: ['telescope', 'board'] }] }
  const look = async (id: number) =>
    inTransaction(database.pool, (tx) => lookAtApplication(tx, { id, now: noon('2026-02-03'), compileSchema }))

  async function world(boardForm: object = {}): Promise<void> {
    await astro(form)
    await apply(database.pool, [
      add(document('Group', 'board', {}, 'astro')),
      add(document('Form', 'board', { for: 'initial', group: 'board', items: [], ...boardForm }, 'astro')),
    ])
  }

  async function choose(...teams: string[]): Promise<{ vo: number; groups: number[] }> {
    const answer = await file('idp/new', { teams }, { language: 'cs' })
    if ('refused' in answer) throw new Error(answer.refused.message)
    return { vo: answer.application, groups: (answer.chosen ?? []).map(({ application }) => application) }
  }
  const states = async (ids: readonly number[]) => Promise.all(ids.map(stateOf))

  it('is applied for too, and decided once the person is a member', async () => {
    await world()
    const { vo, groups } = await choose('telescope', 'board')
    expect(await states(groups)).toEqual(['waiting for vo-member', 'waiting for vo-member'])

    expect(reasonOf(await act('approve', vo, 'idp/ada'))).toBe('done')
    expect(await states(groups)).toEqual(['open', 'open'])
    expect(reasonOf(await act('approve', groups[0] ?? 0, 'idp/ada'))).toBe('done')
    expect(await members('telescope')).toMatchObject({ 'idp/new': 'VALID' })
  })

  it('lets in by its own rule, once there is a member to let in', async () => {
    await world({ approval: { autoWhen: 'true' } })
    const { vo, groups } = await choose('board')
    const [board = 0] = groups
    await look(board)
    expect(await stateOf(board)).toBe('waiting for vo-member')

    expect(reasonOf(await act('approve', vo, 'idp/ada'))).toBe('done')
    await look(board)

    expect(await stateOf(board)).toBe('approved')
  })

  it('is another one with other answers', async () => {
    await world()
    const { vo, groups } = await choose('telescope')
    expect(reasonOf(await act('request-changes', vo, 'idp/ada'))).toBe('done')
    expect(reasonOf(await act('resubmit', vo, 'idp/new', { answers: { teams: ['board'] } }))).toBe('done')

    const { rows } = await database.pool.query<{ group_name: string; state: string; language: string }>(
      'select group_name, state::text, language from application where chosen_in = $1 order by id',
      [vo],
    )
    expect(await states(groups)).toEqual(['withdrawn'])
    expect(rows).toEqual([
      { group_name: 'telescope', state: 'withdrawn', language: 'cs' },
      { group_name: 'board', state: 'waiting', language: 'cs' },
    ])
  })

  it('is decided, too, where somebody lets the person into the VO in another way', async () => {
    await world()
    const { groups } = await choose('telescope')
    await inTransaction(database.pool, (tx) =>
      actOnMembers(tx, {
        ...{ act: 'add', vo: 'astro', requests: [{ user: 'idp/new' }], reason: '', cause: { actor: 'local/test' } },
        now: noon('2026-02-02'),
      }),
    )

    await look(groups[0] ?? 0)

    expect(await states(groups)).toEqual(['open'])
  })

  it('falls with the application for the VO that is withdrawn', async () => {
    await world()
    const { vo, groups } = await choose('telescope')
    expect(reasonOf(await act('withdraw', vo, 'idp/new'))).toBe('done')

    await look(groups[0] ?? 0)

    expect(await states(groups)).toEqual(['rejected'])
  })
})

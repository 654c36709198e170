import { afterAll, beforeAll, describe, expect, it, jest } from '@jest/globals'
import type { ApplicationAct } from '../../../core/applications/application.ts'
import type { JsonObject } from '../../../core/model/json.ts'
import { compileCheck } from '../../../schemas/validate.ts'
import {
  fileApplication,
  inTransaction,
  listMembers,
  noteAct,
  openPool,
  settleAct,
  showApplication,
  type ActOutcome,
  type Pool,
} from '../../../store/index.ts'
import { createTestDatabase, type TestDatabase } from '../../support/test-database.ts'
import { add, apply, change, document, smallWorld, stored } from '../store/world.ts'

jest.setTimeout(300_000)

const rounds = 200
const ends: Readonly<Record<string, string>> = { approve: 'approved', reject: 'rejected', withdraw: 'withdrawn' }
const now = new Date('2026-02-01T12:00:00Z')
const compileSchema = (schema: JsonObject) => compileCheck(schema)

describe('two who do something to one application at the same moment', () => {
  let database: TestDatabase
  let others: Pool
  beforeAll(async () => {
    database = await createTestDatabase()
    others = openPool(database.url)
    await apply(database.pool, smallWorld())
    const managers = [{ user: 'idp/ada' }, { user: 'idp/grace' }]
    const have = await stored(database.pool, 'VO', 'astro')
    await apply(database.pool, [
      change(have, document('VO', 'astro', { managers })),
      add(document('VO', 'small', { managers, maxMembers: 100 })),
      add(document('Form', 'join', { for: 'initial', items: [] }, 'astro')),
      add(document('Form', 'join', { for: 'initial', items: [] }, 'small')),
    ])
  })
  afterAll(async () => {
    await others.end()
    await database.drop()
  })

  async function file(vo: string, identity: string): Promise<number> {
    const answer = await inTransaction(database.pool, (tx) =>
      fileApplication(tx, {
        vo,
        kind: 'initial',
        identity,
        answers: {},
        cause: { actor: identity },
        now,
        compileSchema,
      }),
    )
    if ('refused' in answer) throw new Error(answer.refused.message)
    return answer.application
  }

  const note = async (application: number, act: ApplicationAct, actor: string): Promise<string> =>
    inTransaction(database.pool, (tx) => noteAct(tx, { application, act, actor, reason: '', cause: { actor }, now }))

  const settle = async (pool: Pool, act: string): Promise<ActOutcome> =>
    inTransaction(pool, (tx) => settleAct(tx, { act, now, compileSchema }))

  it.each<readonly [ApplicationAct, 'approve' | 'reject' | 'withdraw', (round: number) => string]>([
    ['approve', 'approve', () => 'idp/grace'],
    ['approve', 'reject', () => 'idp/grace'],
    ['approve', 'withdraw', (round) => `idp/withdraw${round}`],
  ])('%s and %s: one of them wins, and is what holds', async (first, second, actorOf) => {
    for (let round = 0; round < rounds; round += 1) {
      const identity = `idp/${second}${round}`
      const application = await file('astro', identity)
      const acts = [await note(application, first, 'idp/ada'), await note(application, second, actorOf(round))] as const

      const outcomes = await Promise.all([settle(database.pool, acts[0]), settle(others, acts[1])])

      expect(outcomes.map((outcome) => (outcome.kind === 'done' ? 'done' : outcome.reason)).sort()).toEqual([
        'done',
        'ended',
      ])
      const winner = outcomes[0].kind === 'done' ? first : second
      const shown = await showApplication(database.pool, application)
      expect(shown?.state).toBe(ends[winner])
      const { rows } = await database.pool.query<{ rows: number; events: number }>(
        `select (select count(*) from membership m join identity i on i.person_id = m.person_id where i.ref = $1)::integer as rows,
           (select count(*) from event e join event_detail d on d.event_id = e.id
             where e.kind = 'Application' and e.action <> 'file' and e.action <> 'approve'
               and d.personal->>'application' = $2)::integer as events`,
        [identity, String(application)],
      )
      expect(rows).toEqual([{ rows: winner === 'approve' ? 1 : 0, events: 1 }])
    }
  })

  it('150 approvals for 100 places make 100 members, and 50 wait for a place', async () => {
    const applications: number[] = []
    for (let index = 0; index < 150; index += 1) applications.push(await file('small', `idp/many${index}`))
    const acts: string[] = []
    for (const application of applications) acts.push(await note(application, 'approve', 'idp/ada'))

    for (let start = 0; start < acts.length; start += 10) {
      const batch = acts.slice(start, start + 10)
      await Promise.all(batch.map((act, index) => settle(index % 2 === 0 ? database.pool : others, act)))
    }

    const states = await Promise.all(
      applications.map(async (application) => (await showApplication(database.pool, application))?.state),
    )
    expect(states.filter((state) => state === 'approved')).toHaveLength(100)
    expect(states.filter((state) => state === 'waiting')).toHaveLength(50)
    expect((await listMembers(database.pool, { vo: 'small' })).members).toHaveLength(100)
  })
})

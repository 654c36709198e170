import { afterAll, beforeAll, describe, expect, it, jest } from '@jest/globals'
import fc from 'fast-check'
import { answerExpiry } from '../../../cli/lines/answer-expiry.ts'
import {
  actOnMembers,
  changeIdentities,
  inTransaction,
  listMembers,
  runClock,
  type ActAnswer,
} from '../../../store/index.ts'
import { createTestDatabase, type TestDatabase } from '../../support/test-database.ts'
import { add, apply, document, row } from './world.ts'

jest.setTimeout(120_000)

const joined = new Date('2026-01-05T10:00:00Z')
const today = '2026-06-01'
const now = new Date(`${today}T12:00:00Z`)
const cause = { actor: 'local/test' }

const term = fc.constantFrom(
  { extendBy: 'P1Y' },
  { extendBy: 'P6M' },
  { extendUntil: '07-01' },
  { extendUntil: '02-29' },
)
const rules = fc
  .record({
    term,
    window: fc.constantFrom(undefined, 'P1M', 'P90D'),
    byLoa: fc.constantFrom(
      undefined,
      [{ loa: 1, extendBy: 'P3M', renewable: false }],
      [{ loa: 2, extendUntil: '12-31' }],
    ),
    notRenewableLoas: fc.constantFrom(undefined, [0], [1]),
  })
  .map(({ term: own, ...others }) => ({ ...own, ...others }))
const cases = fc.sample(
  fc.record({
    rules,
    loa: fc.integer({ min: 0, max: 2 }),
    status: fc.constantFrom('VALID', 'DISABLED'),
    current: fc.constantFrom('2026-06-02', '2026-06-20', '2026-07-02', '2026-09-30', '2027-03-01'),
  }),
  { numRuns: 60, seed: 7 },
)

/** Of members who were seen, and whose date comes today: whether they are extended is the clock's affair. */
const clockCases = fc.sample(fc.record({ rules, loa: fc.integer({ min: 0, max: 2 }) }), { numRuns: 40, seed: 11 })
const autoExtend = { lastLoginWithin: 'P1Y' }

describe('`guildhall expiry preview`', () => {
  let database: TestDatabase
  beforeAll(async () => {
    database = await createTestDatabase()
    await apply(database.pool, [
      add(document('Instance', 'example', { timeZone: 'UTC' })),
      add(document('Source', 'idp', { type: 'declared' })),
      ...cases.map((one, index) => add(document('VO', `vo${index}`, { expiration: one.rules }))),
      ...clockCases.map((one, index) =>
        add(document('VO', `auto${index}`, { expiration: { ...one.rules, autoExtend } })),
      ),
      // Nobody can be made DISABLED who is the only member.
      ...cases.map((_, index) => row('add', `vo${index}`, 'idp/other')),
    ])
  })
  afterAll(async () => database.drop())

  const user = (index: number): string => `idp/p${index}`

  async function act(
    index: number,
    input: Pick<Parameters<typeof actOnMembers>[1], 'act' | 'now'> & { expires?: string },
  ) {
    const { expires, ...what } = input
    const requests = [{ user: user(index), ...(expires === undefined ? {} : { expires }) }]
    return inTransaction(database.pool, (tx) =>
      actOnMembers(tx, { ...what, vo: `vo${index}`, requests, reason: 'test', cause }),
    )
  }

  function told([answer]: readonly ActAnswer[], current: string): object {
    if (answer === undefined || 'held' in answer) return {}
    return 'refused' in answer
      ? { allowed: false, reason: answer.refused.reason, expires: current }
      : { allowed: true, expires: answer.expires }
  }

  it('says what an extension then comes to, for 60 random rules and members', async () => {
    const [said, done]: [object[], object[]] = [[], []]
    for (const [index, { rules: given, loa, status, current }] of cases.entries()) {
      await act(index, { act: 'add', now: joined, expires: current })
      const requests = [{ identity: user(index), loa }]
      await inTransaction(database.pool, (tx) =>
        changeIdentities(tx, { act: 'seen', requests, reason: '', cause, now: joined }),
      )
      if (status === 'DISABLED') await act(index, { act: 'disable', now: joined })
      const question = { rules: given, loa, status, current, today, action: 'extend' }
      const answer = answerExpiry(JSON.stringify(question))
      if (answer.kind !== 'answered') throw new Error(`no answer: ${JSON.stringify(question)}`)
      said.push(answer.answer)
      done.push(told(await act(index, { act: 'extend', now }), current))
    }

    expect(done).toEqual(said)
    expect(new Set(said.map((one) => JSON.stringify(one))).size).toBeGreaterThan(8)
  })

  it('says what the clock then does by itself to who was seen, for 40 random rules and levels', async () => {
    const [said, done]: [object[], object[]] = [[], []]
    for (const [index, { rules: given, loa }] of clockCases.entries()) {
      const vo = `auto${index}`
      const identity = `idp/seen${index}`
      const common = { reason: '', cause, now: joined }
      await inTransaction(database.pool, async (tx) => {
        await actOnMembers(tx, { ...common, act: 'add', vo, requests: [{ user: identity, expires: today }] })
        await changeIdentities(tx, { ...common, act: 'seen', requests: [{ identity, loa }] })
      })
      const question = { rules: given, loa, status: 'VALID', current: today, today, action: 'extend' }
      const answer = answerExpiry(JSON.stringify(question))
      if (answer.kind !== 'answered') throw new Error(`no answer: ${JSON.stringify(question)}`)
      said.push(Object.fromEntries(Object.entries(answer.answer).filter(([key]) => key !== 'reason')))
      await inTransaction(database.pool, (tx) => runClock(tx, { vo, now, atMost: 10 }))
      const { members } = await listMembers(database.pool, { vo })
      done.push(...members.map((member) => ({ allowed: member.status === 'VALID', expires: member.expires })))
    }

    expect(done).toEqual(said)
    expect(new Set(said.map((one) => JSON.stringify(one))).size).toBeGreaterThan(4)
  })
})

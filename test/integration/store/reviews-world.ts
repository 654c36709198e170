import { afterEach, beforeEach } from '@jest/globals'
import {
  actOnMembers,
  approveChange,
  changeSponsors,
  closeReview,
  decideReview,
  evidenceOf,
  inTransaction,
  listMembers,
  lookAtReview,
  startReview,
  type ApprovedChange,
  type ClosedReview,
  type DecisionAnswer,
  type DecisionOn,
  type StartInput,
  type Tx,
} from '../../../store/index.ts'
import { createTestDatabase, type TestDatabase } from '../../support/test-database.ts'
import { add, apply, change, document, row, smallWorld, stored } from './world.ts'

export const noon = (day: string): Date => new Date(`${day}T12:00:00Z`)
const cause = { actor: 'local/test' }
const numbers = add(
  document('Attribute', 'user-facility.uid', {
    ...{ type: 'integer', unique: 'facility' },
    generate: { sequence: { from: 10000, to: 19999, per: 'facility' } },
  }),
)
const compileSchema = () => () => []

/** A database for each test of this file: astro with members of every origin, led by ada and grace, with sponsors ada and linus. */
export function reviewsWorld() {
  let database: TestDatabase

  beforeEach(async () => {
    database = await createTestDatabase()
    await apply(
      database.pool,
      smallWorld().map((one) => (one.name === 'user-facility.uid' ? numbers : one)),
    )
    const have = await stored(database.pool, 'VO', 'astro')
    const managers = [{ user: 'idp/ada' }, { user: 'idp/grace' }]
    const sponsors = [{ user: 'idp/ada' }, { user: 'idp/linus' }]
    await apply(database.pool, [
      change(have, document('VO', 'astro', { managers, sponsors })),
      add(document('Resource', 'all', { facility: 'hpc', services: [], groups: ['members'] }, 'astro')),
      row('add', 'astro', 'idp/linus'),
      row('add', 'astro/telescope', 'idp/dana'),
    ])
    await act('add', ['idp/alan', 'idp/eve', 'idp/kurt', 'idp/dana'])
    await act('add', ['idp/alan', 'idp/linus'], 'telescope')
    await inTx((tx) =>
      changeSponsors(tx, {
        ...{ act: 'add', vo: 'astro', reason: '', cause, now: noon('2026-01-10') },
        requests: [{ user: 'idp/guest', sponsor: 'idp/ada' }],
      }),
    )
  })

  afterEach(async () => database.drop())

  async function inTx<T>(work: (tx: Tx) => Promise<T>): Promise<T> {
    return inTransaction(database.pool, work)
  }

  // eslint-disable-next-line @typescript-eslint/max-params -- read as one line of a story
  async function act(
    name: 'add' | 'remove',
    users: readonly string[],
    group?: string,
    day = '2026-01-10',
  ): Promise<void> {
    const requests = users.map((user) => ({ user }))
    const where = group === undefined ? {} : { group }
    await inTx((tx) =>
      actOnMembers(tx, { act: name, vo: 'astro', ...where, requests, reason: '', cause, now: noon(day) }),
    )
  }

  async function start(more: Partial<StartInput> = {}): Promise<number> {
    const started = await inTx((tx) =>
      startReview(tx, {
        ...{
          place: { kind: 'vo', vo: 'astro' },
          reviewers: [{ role: 'managers' }],
          unanswered: 'keep',
          remindBefore: [],
        },
        ...{ due: '2026-03-01', reason: 'yearly', cause, now: noon('2026-02-01'), ...more },
      }),
    )
    return started.review
  }

  /** What came of decisions, `role` or why not, by user. */
  async function decide(
    review: number,
    actor: string | undefined,
    decisions: Readonly<Record<string, DecisionOn['decision'] | { readonly to: string }>>,
  ): Promise<Record<string, string>> {
    const requests = Object.entries(decisions).map(([user, said]): DecisionOn =>
      typeof said === 'string'
        ? { user, decision: said, reason: '' }
        : { user, decision: 'transfer', to: said.to, reason: '' },
    )
    const answers = await inTx((tx) =>
      decideReview(tx, {
        ...{ review, requests, cause: { actor: actor ?? 'local/test' }, now: noon('2026-02-02') },
        ...(actor === undefined ? {} : { actor }),
      }),
    )
    return Object.fromEntries(answers.map((answer) => [answer.user, wordOf(answer)]))
  }

  async function close(review: number, day = '2026-02-20', actor?: string): Promise<ClosedReview> {
    return inTx((tx) =>
      closeReview(tx, { review, reason: 'done', cause, now: noon(day), ...(actor === undefined ? {} : { actor }) }),
    )
  }

  async function approve(digest: string, day = '2026-02-21'): Promise<ApprovedChange> {
    return inTx((tx) => approveChange(tx, { digest, by: 'idp/root', reason: 'agreed', at: noon(day), compileSchema }))
  }

  /** What came of each row, by user: `remove: manager removed, config unresolved`. */
  async function outcomes(review: number): Promise<Record<string, string>> {
    const evidence = (await evidenceOf(database.pool, review))?.evidence
    return Object.fromEntries(
      (evidence?.people ?? []).map(({ user, decided, rows }) => [
        user,
        `${decided ?? 'open'}: ${rows
          .map(({ group, origin, outcome, note }) => [group, origin, outcome, note].filter(Boolean).join(' '))
          .join(', ')}`,
      ]),
    )
  }

  async function members(group?: string): Promise<string[]> {
    const { members: list } = await listMembers(database.pool, {
      vo: 'astro',
      ...(group === undefined ? {} : { group }),
    })
    return list.map(({ user, status }) => `${user} ${status}`)
  }

  const look = async (id: number, day: string) => inTx((tx) => lookAtReview(tx, { id, now: noon(day) }))

  return { act, approve, close, database: () => database, decide, inTx, look, members, outcomes, start }
}

function wordOf(answer: DecisionAnswer): string {
  return 'refused' in answer ? answer.refused.reason : answer.role
}

import { afterEach, beforeEach, expect } from '@jest/globals'
import { parseHolder } from '../../../core/attributes/holder-reference.ts'
import {
  actOnMembers,
  approveChange,
  changeValues,
  inTransaction,
  listMembers,
  readStatus,
  type ApprovedChange,
  type Tx,
  type ValueOn,
} from '../../../store/index.ts'
import { twelve as people } from '../../support/many-people.ts'
import { createTestDatabase, type TestDatabase } from '../../support/test-database.ts'
import { add, apply, document, smallWorld } from './world.ts'

/** Noon of a day in UTC. */
export const noon = (day: string): Date => new Date(`${day}T12:00:00Z`)
/** What every change says of itself. */
export const asked = { reason: 'they left', cause: { actor: 'local/test' }, now: noon('2026-02-01') }
const numbers = add(
  document('Attribute', 'user-facility.uid', {
    ...{ type: 'integer', unique: 'facility' },
    generate: { sequence: { from: 10000, to: 19999, per: 'facility' } },
  }),
)
const anyValueFits = () => () => []

/** The one digest under which everything that was not refused is held. */
export function digestIn(answers: readonly object[]): string {
  const digests = new Set(answers.flatMap((answer) => ('held' in answer ? [String(answer.held)] : [])))
  expect(digests.size).toBe(1)
  return [...digests][0] ?? ''
}

/** That somebody is wise, or is not; without a value that nobody knows. */
export function valueOf(user: string, value?: boolean): ValueOn {
  const holder = parseHolder(`user:${user}`)
  if (holder === undefined) throw new Error(`${user} is nobody`)
  return { holder, name: 'user.wise', ...(value === undefined ? {} : { value }) }
}

/** A database for each test of this file: `bio` has a group of whoever is wise, with a resource; in `lab` ada and grace may have guests. */
export function heldWorld() {
  let database: TestDatabase

  beforeEach(async () => {
    database = await createTestDatabase()
    await apply(database.pool, [
      ...smallWorld().map((one) => (one.name === 'user-facility.uid' ? numbers : one)),
      add(document('Attribute', 'user.wise', { type: 'boolean', write: ['everyone'] })),
      add(document('VO', 'bio', {})),
      add(document('Group', 'wise', { allowEmpty: true, where: 'user.wise == true' }, 'bio')),
      add(document('Resource', 'disk', { facility: 'hpc', services: [], groups: ['wise'] }, 'bio')),
      add(document('VO', 'lab', { sponsors: [{ user: 'idp/ada' }, { user: 'idp/grace' }] })),
    ])
  })

  afterEach(async () => database.drop())

  async function inTx<T>(work: (tx: Tx) => Promise<T>): Promise<T> {
    return inTransaction(database.pool, work)
  }

  async function addTo(vo: string, users: readonly string[]): Promise<void> {
    const requests = users.map((user) => ({ user }))
    await inTx((tx) => actOnMembers(tx, { ...asked, act: 'add', vo, requests, now: noon('2026-01-10') }))
  }

  async function approve(digest: string, day = '2026-02-02'): Promise<ApprovedChange> {
    const approval = { digest, by: 'idp/root', reason: 'agreed', at: noon(day), compileSchema: anyValueFits }
    return inTx((tx) => approveChange(tx, approval))
  }

  async function valid(vo: string): Promise<number> {
    const { members } = await listMembers(database.pool, { vo })
    return members.filter(({ status }) => status === 'VALID').length
  }

  async function wise(): Promise<number> {
    const { rows } = await database.pool.query<{ count: number }>(
      `select count(*)::integer from membership m join groups g on g.id = m.group_id where g.name = 'wise'`,
    )
    return rows[0]?.count ?? -1
  }

  async function heldNow() {
    const { holds } = await readStatus(database.pool, asked.now)
    return holds.map(({ scope, digest, change: what }) => ({ scope, digest, change: what }))
  }

  async function storedChanges(): Promise<readonly object[]> {
    const { rows } = await database.pool.query<{ change: object }>('select change from hold where closed_at is null')
    return rows.map(({ change: one }) => one)
  }

  async function setValues(requests: readonly ValueOn[], actor?: string) {
    const who = actor === undefined ? {} : { actor, cause: { actor } }
    return inTx((tx) => changeValues(tx, { ...asked, ...who, requests, compileSchema: anyValueFits }))
  }

  async function makeWise(): Promise<void> {
    await addTo('bio', people)
    for (const user of people) await setValues([valueOf(user, true)])
    await database.pool.query('delete from loss')
  }

  return { database: () => database, inTx, addTo, approve, valid, wise, heldNow, storedChanges, setValues, makeWise }
}

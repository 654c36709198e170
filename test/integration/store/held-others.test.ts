import { afterEach, beforeEach, describe, expect, it } from '@jest/globals'
import { parseHolder } from '../../../core/attributes/holder-reference.ts'
import {
  actOnMembers,
  approveChange,
  changeIdentities,
  changeSponsors,
  changeValues,
  eraseUsers,
  inTransaction,
  listHeldLosses,
  listHolds,
  listMembers,
  readHoldWakes,
  readStatus,
  verifyAudit,
  type ApprovedChange,
  type Tx,
  type ValueOn,
} from '../../../store/index.ts'
import { half, twelve as people } from '../../support/many-people.ts'
import { createTestDatabase, type TestDatabase } from '../../support/test-database.ts'
import { add, apply, change, document, smallWorld, stored } from './world.ts'

let database: TestDatabase

const noon = (day: string): Date => new Date(`${day}T12:00:00Z`)
const asked = { reason: 'they left', cause: { actor: 'local/test' }, now: noon('2026-02-01') }
const numbers = add(
  document('Attribute', 'user-facility.uid', {
    ...{ type: 'integer', unique: 'facility' },
    generate: { sequence: { from: 10000, to: 19999, per: 'facility' } },
  }),
)
const anyValueFits = () => () => []

/** `bio` has a group of whoever is wise, with a resource; in `lab` ada and grace may have guests. */
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

/** The one digest under which everything that was not refused is held. */
function digestIn(answers: readonly object[]): string {
  const digests = new Set(answers.flatMap((answer) => ('held' in answer ? [String(answer.held)] : [])))
  expect(digests.size).toBe(1)
  return [...digests][0] ?? ''
}

async function heldNow() {
  const { holds } = await readStatus(database.pool, asked.now)
  return holds.map(({ scope, digest, change: what }) => ({ scope, digest, change: what }))
}

async function storedChanges(): Promise<readonly object[]> {
  const { rows } = await database.pool.query<{ change: object }>('select change from hold where closed_at is null')
  return rows.map(({ change: one }) => one)
}

function valueOf(user: string, value?: boolean): ValueOn {
  const holder = parseHolder(`user:${user}`)
  if (holder === undefined) throw new Error(`${user} is nobody`)
  return { holder, name: 'user.wise', ...(value === undefined ? {} : { value }) }
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

describe('values over the limit of the guard', () => {
  beforeEach(makeWise)

  it('are held by ids as a whole, with what they are, and written once somebody approves them', async () => {
    const unknown = { ...valueOf('idp/p00'), name: 'user.wize' }

    const answers = await setValues([...half.map((user) => valueOf(user)), unknown])

    const held = digestIn(answers)
    expect(answers).toEqual([
      ...half.map((user) => ({ holder: `user:${user}`, name: 'user.wise', held })),
      expect.objectContaining({ refused: expect.objectContaining({ reason: 'attribute-unknown' }) }),
    ])
    expect(await wise()).toBe(12)
    expect(await heldNow()).toMatchObject([
      {
        ...{ scope: 'vo:bio', digest: held },
        change: { kind: 'act', what: 'attribute unset', people: 6, by: 'local/test', reason: 'they left' },
      },
    ])
    expect((await listHeldLosses(database.pool, held))[0]).toEqual({
      user: 'idp/p00',
      loses: ['facility hpc', 'group bio/wise', 'resource bio/disk'],
    })
    expect(JSON.stringify(await storedChanges())).not.toMatch(/idp|wise/)
    const done = await approve(held)
    expect(done).toMatchObject({ kind: 'done', scope: 'vo:bio', result: { type: 'attribute' } })
    expect(await wise()).toBe(6)
    expect(await listHolds(database.pool)).toEqual([])
    expect((await verifyAudit(database.pool)).valid).toBe(true)
  })

  it('follow their attribute to another name', async () => {
    const digest = digestIn(await setValues(half.map((user) => valueOf(user, false))))
    const have = await stored(database.pool, 'Attribute', 'user.wise')
    const group = await stored(database.pool, 'Group', 'wise')
    await apply(database.pool, [
      change(have, document('Attribute', 'user.clever', { type: 'boolean', write: ['everyone'] })),
      change(group, document('Group', 'wise', { allowEmpty: true, where: 'user.clever == true' }, 'bio')),
    ])

    expect(await approve(digest)).toMatchObject({
      kind: 'done',
      result: { answers: half.map((user) => ({ holder: `user:${user}`, name: 'user.clever', value: false })) },
    })
    expect(await wise()).toBe(6)
  })

  it('that people give themselves stay theirs', async () => {
    await apply(database.pool, [add(document('VO', 'one', {}))])
    await setValues([valueOf('idp/p00')])
    const change = await stored(database.pool, 'Group', 'wise')
    await apply(database.pool, [
      { ...add(document('Group', 'wise', { where: 'user.wise == true' }, 'bio')), action: 'change', have: change },
    ])
    for (const user of people.slice(1, 4)) await setValues([valueOf(user, false)])
    const digest = digestIn(await setValues([valueOf('idp/p04', false)], 'idp/p04'))

    await approve(digest)

    const { rows } = await database.pool.query(
      `select origin from attribute_value join identity i on i.person_id = subject where i.ref = 'idp/p04'`,
    )
    expect(rows).toEqual([{ origin: 'self' }])
  })

  it('of somebody who is erased meanwhile go with them', async () => {
    const digest = digestIn(await setValues(half.map((user) => valueOf(user, false))))
    await inTx((tx) => eraseUsers(tx, { ...asked, reason: 'request 7', users: half.slice(0, 1) }))

    expect(await storedChanges()).toMatchObject([{ requests: { length: 5 } }])
    expect((await listHeldLosses(database.pool, digest)).map(({ user }) => user)).toEqual(half.slice(1))
    expect(await approve(digest)).toMatchObject({ kind: 'done', result: { answers: { length: 5 } } })
    expect((await verifyAudit(database.pool)).valid).toBe(true)
  })

  it('of people who are all erased meanwhile are held no more', async () => {
    const digest = digestIn(await setValues(half.map((user) => valueOf(user, false))))
    for (const user of half) {
      await inTx((tx) => eraseUsers(tx, { ...asked, reason: 'request 7', users: [user] }))
      await database.pool.query('delete from loss')
    }

    expect(await listHolds(database.pool)).toEqual([])
    await expect(approve(digest)).rejects.toMatchObject({ code: 'HOLD_UNKNOWN' })
  })
})

describe('identities over the limit of the guard', () => {
  const old = half.map((user) => `${user}.old`)

  /** What `school` requires they have by `old` identities alone. */
  beforeEach(async () => {
    await addTo('bio', people)
    const common = { ...asked, now: noon('2026-01-11') }
    const requests = old.map((identity, index) => ({ identity, user: half[index], loa: 2 }))
    await apply(database.pool, [add(document('VO', 'school', { requires: { loa: [2] } }))])
    await inTx((tx) => changeIdentities(tx, { ...common, act: 'add', requests }))
    await addTo('school', half)
    await database.pool.query('delete from loss')
  })

  it('are held as a whole, also those that were judged after the limit was passed, and taken once approved', async () => {
    const requests = [...old.map((identity) => ({ identity, loa: 1 })), { identity: 'idp/nobody' }]
    const see = async (day: string) =>
      inTx((tx) => changeIdentities(tx, { ...asked, act: 'seen', now: noon(day), requests }))
    const answers = await see('2026-02-01')

    const held = digestIn(answers)
    expect(digestIn(await see('2026-02-02'))).toBe(held)
    expect(answers).toEqual([
      ...old.map((identity) => ({ identity, held })),
      { identity: 'idp/nobody', refused: expect.objectContaining({ reason: 'identity-unknown' }) },
    ])
    expect(await valid('school')).toBe(6)
    expect(await heldNow()).toMatchObject([{ change: { what: 'identity seen', people: 6 } }])
    expect(await listHeldLosses(database.pool, held)).toHaveLength(6)
    expect(JSON.stringify(await storedChanges())).not.toMatch(/idp/)
    expect(await approve(held)).toMatchObject({ kind: 'done', result: { type: 'identity', answers: { length: 6 } } })
    const { rows } = await database.pool.query(
      `select distinct loa, seen_at from identity where ref = any($1) order by 1`,
      [old],
    )
    expect(rows).toEqual([{ loa: 1, seen_at: noon('2026-02-01') }])
  })

  it('that are removed are held, and those that went meanwhile are left out', async () => {
    const remove = async (identities: readonly string[]) =>
      inTx((tx) =>
        changeIdentities(tx, { ...asked, act: 'remove', requests: identities.map((identity) => ({ identity })) }),
      )
    const digest = digestIn(await remove(old))
    await database.pool.query(`update vo set spec = spec - 'requires' where name = 'school'`)
    await remove(old.slice(0, 1))

    expect(await approve(digest)).toMatchObject({ kind: 'done', result: { answers: { length: 5 } } })
    const { rows } = await database.pool.query('select ref from identity where ref = any($1)', [old])
    expect(rows).toEqual([])
  })
})

describe('sponsorships over the limit of the guard', () => {
  const sponsor = async (act: 'add' | 'remove' | 'transfer', until?: string) => {
    const requests = half.map((user) => ({
      ...{ user, sponsor: 'idp/ada' },
      ...(until === undefined ? {} : { until }),
      ...(act === 'transfer' ? { to: 'idp/grace' } : {}),
    }))
    return inTx((tx) => changeSponsors(tx, { ...asked, act, vo: 'lab', requests }))
  }

  beforeEach(async () => {
    await sponsor('add')
    await addTo('lab', people.slice(6))
    await database.pool.query('delete from loss')
  })

  it('are held and withdrawn once approved, by the names of then', async () => {
    const answers = await sponsor('remove', '2026-02-01')
    const held = digestIn(answers)

    expect(answers).toEqual(half.map((user) => ({ user, sponsor: 'idp/ada', held })))
    expect(await valid('lab')).toBe(12)
    expect(await heldNow()).toMatchObject([
      { scope: 'vo:lab', change: { what: 'sponsor remove', place: 'lab', people: 6 } },
    ])
    expect(await approve(held)).toMatchObject({ kind: 'done', result: { type: 'sponsorship', vo: 'lab' } })
    expect(await valid('lab')).toBe(6)
  })

  it('that lose nobody anything are done', async () => {
    expect(await sponsor('transfer')).toEqual(
      half.map((user) => expect.objectContaining({ user, sponsor: 'idp/grace' })),
    )
    expect(await listHolds(database.pool)).toEqual([])
  })
})

describe('an erasure over the limit of the guard', () => {
  it('is held without a word on the people, and erases them once approved', async () => {
    await addTo('bio', people)
    const erase = { ...asked, users: [...half, 'idp/nobody'], reason: 'request 7' }
    const answers = await inTx((tx) => eraseUsers(tx, erase))
    const held = digestIn(answers)

    expect(answers).toEqual([
      ...half.map((user) => ({ user, held })),
      { user: 'idp/nobody', refused: expect.objectContaining({ reason: 'identity-unknown' }) },
    ])
    expect(await valid('bio')).toBe(12)
    expect(await heldNow()).toMatchObject([{ scope: 'instance', change: { what: 'user erase', people: 6 } }])
    expect(JSON.stringify(await storedChanges())).not.toMatch(/idp/)
    expect(await approve(held)).toMatchObject({
      kind: 'done',
      result: { type: 'user', answers: half.map((user) => ({ user, erased: true, memberships: 1 })) },
    })
    expect(await valid('bio')).toBe(6)
    expect((await verifyAudit(database.pool)).valid).toBe(true)
  })
})

describe('what is held of people in several VOs', () => {
  const sages = add(document('Group', 'sages', { allowEmpty: true, where: 'user.wise == true' }, 'lab'))

  it('is of the instance, and counts in none of them once approved, while what it is not about goes on counting', async () => {
    await apply(database.pool, [sages])
    await makeWise()
    await addTo('lab', people)
    await inTx((tx) => actOnMembers(tx, { ...asked, act: 'disable', vo: 'lab', requests: [{ user: 'idp/p11' }] }))

    const digest = digestIn(await setValues(half.map((user) => valueOf(user))))

    expect(await heldNow()).toMatchObject([{ scope: 'instance', digest }])
    expect(await approve(digest)).toMatchObject({ kind: 'done', scope: 'instance' })
    const { rows } = await database.pool.query('select kind, vo, name from loss')
    expect(rows).toEqual([{ kind: 'vo', vo: 'lab', name: 'lab' }])
  })

  it('is of the instance from when it is held anew, where it was of one VO before', async () => {
    await makeWise()
    const digest = digestIn(await setValues(half.map((user) => valueOf(user))))
    expect(await heldNow()).toMatchObject([{ scope: 'vo:bio', digest }])
    await apply(database.pool, [sages])
    await addTo('lab', people)

    const done = await approve(digest)

    expect(done).toMatchObject({ kind: 'held', scope: 'instance' })
    const { digest: anew } = done.kind === 'held' ? done : { digest }
    const { holds } = await readHoldWakes(database.pool)
    const told = holds.map(({ scope, closedAt }) => `${scope} ${closedAt === undefined ? 'opened' : 'closed'}`)
    expect(told).toEqual(['vo:bio closed', 'instance opened'])
    expect(await approve(anew)).toMatchObject({ kind: 'done', scope: 'instance' })
    expect(await wise()).toBe(6)
  })
})

import { beforeEach, describe, expect, it } from '@jest/globals'
import {
  changeIdentities,
  changeSponsors,
  eraseUsers,
  listHeldLosses,
  listHolds,
  verifyAudit,
} from '../../../store/index.ts'
import { half, twelve as people } from '../../support/many-people.ts'
import { asked, digestIn, noon, heldWorld } from './held-world.ts'
import { add, apply, document } from './world.ts'

const { database, inTx, addTo, approve, valid, heldNow, storedChanges } = heldWorld()

describe('identities over the limit of the guard', () => {
  const old = half.map((user) => `${user}.old`)

  /** What `school` requires they have by `old` identities alone. */
  beforeEach(async () => {
    await addTo('bio', people)
    const common = { ...asked, now: noon('2026-01-11') }
    const requests = old.map((identity, index) => ({ identity, user: half[index], loa: 2 }))
    await apply(database().pool, [add(document('VO', 'school', { requires: { loa: [2] } }))])
    await inTx((tx) => changeIdentities(tx, { ...common, act: 'add', requests }))
    await addTo('school', half)
    await database().pool.query('delete from loss')
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
    expect(await listHeldLosses(database().pool, held)).toHaveLength(6)
    expect(JSON.stringify(await storedChanges())).not.toMatch(/idp/)
    expect(await approve(held)).toMatchObject({ kind: 'done', result: { type: 'identity', answers: { length: 6 } } })
    const { rows } = await database().pool.query(
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
    await database().pool.query(`update vo set spec = spec - 'requires' where name = 'school'`)
    await remove(old.slice(0, 1))

    expect(await approve(digest)).toMatchObject({ kind: 'done', result: { answers: { length: 5 } } })
    const { rows } = await database().pool.query('select ref from identity where ref = any($1)', [old])
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
    await database().pool.query('delete from loss')
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
    expect(await listHolds(database().pool)).toEqual([])
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
    expect((await verifyAudit(database().pool)).valid).toBe(true)
  })
})

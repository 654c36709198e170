import { beforeEach, describe, expect, it } from '@jest/globals'
import {
  actOnMembers,
  eraseUsers,
  listHeldLosses,
  listHolds,
  readHoldWakes,
  verifyAudit,
} from '../../../store/index.ts'
import { half, twelve as people } from '../../support/many-people.ts'
import { asked, digestIn, valueOf, heldWorld } from './held-world.ts'
import { add, apply, change, document, stored } from './world.ts'

const { database, inTx, addTo, approve, wise, heldNow, storedChanges, setValues, makeWise } = heldWorld()

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
    expect((await listHeldLosses(database().pool, held))[0]).toEqual({
      user: 'idp/p00',
      loses: ['facility hpc', 'group bio/wise', 'resource bio/disk'],
    })
    expect(JSON.stringify(await storedChanges())).not.toMatch(/idp|wise/)
    const done = await approve(held)
    expect(done).toMatchObject({ kind: 'done', scope: 'vo:bio', result: { type: 'attribute' } })
    expect(await wise()).toBe(6)
    expect(await listHolds(database().pool)).toEqual([])
    expect((await verifyAudit(database().pool)).valid).toBe(true)
  })

  it('follow their attribute to another name', async () => {
    const digest = digestIn(await setValues(half.map((user) => valueOf(user, false))))
    const have = await stored(database().pool, 'Attribute', 'user.wise')
    const group = await stored(database().pool, 'Group', 'wise')
    await apply(database().pool, [
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
    await apply(database().pool, [add(document('VO', 'one', {}))])
    await setValues([valueOf('idp/p00')])
    const change = await stored(database().pool, 'Group', 'wise')
    await apply(database().pool, [
      { ...add(document('Group', 'wise', { where: 'user.wise == true' }, 'bio')), action: 'change', have: change },
    ])
    for (const user of people.slice(1, 4)) await setValues([valueOf(user, false)])
    const digest = digestIn(await setValues([valueOf('idp/p04', false)], 'idp/p04'))

    await approve(digest)

    const { rows } = await database().pool.query(
      `select origin from attribute_value join identity i on i.person_id = subject where i.ref = 'idp/p04'`,
    )
    expect(rows).toEqual([{ origin: 'self' }])
  })

  it('of somebody who is erased meanwhile go with them', async () => {
    const digest = digestIn(await setValues(half.map((user) => valueOf(user, false))))
    await inTx((tx) => eraseUsers(tx, { ...asked, reason: 'request 7', users: half.slice(0, 1) }))

    expect(await storedChanges()).toMatchObject([{ requests: { length: 5 } }])
    expect((await listHeldLosses(database().pool, digest)).map(({ user }) => user)).toEqual(half.slice(1))
    expect(await approve(digest)).toMatchObject({ kind: 'done', result: { answers: { length: 5 } } })
    expect((await verifyAudit(database().pool)).valid).toBe(true)
  })

  it('of people who are all erased meanwhile are held no more', async () => {
    const digest = digestIn(await setValues(half.map((user) => valueOf(user, false))))
    for (const user of half) {
      await inTx((tx) => eraseUsers(tx, { ...asked, reason: 'request 7', users: [user] }))
      await database().pool.query('delete from loss')
    }

    expect(await listHolds(database().pool)).toEqual([])
    await expect(approve(digest)).rejects.toMatchObject({ code: 'HOLD_UNKNOWN' })
  })
})

describe('what is held of people in several VOs', () => {
  const sages = add(document('Group', 'sages', { allowEmpty: true, where: 'user.wise == true' }, 'lab'))

  it('is of the instance, and counts in none of them once approved, while what it is not about goes on counting', async () => {
    await apply(database().pool, [sages])
    await makeWise()
    await addTo('lab', people)
    await inTx((tx) => actOnMembers(tx, { ...asked, act: 'disable', vo: 'lab', requests: [{ user: 'idp/p11' }] }))

    const digest = digestIn(await setValues(half.map((user) => valueOf(user))))

    expect(await heldNow()).toMatchObject([{ scope: 'instance', digest }])
    expect(await approve(digest)).toMatchObject({ kind: 'done', scope: 'instance' })
    const { rows } = await database().pool.query('select kind, vo, name from loss')
    expect(rows).toEqual([{ kind: 'vo', vo: 'lab', name: 'lab' }])
  })

  it('is of the instance from when it is held anew, where it was of one VO before', async () => {
    await makeWise()
    const digest = digestIn(await setValues(half.map((user) => valueOf(user))))
    expect(await heldNow()).toMatchObject([{ scope: 'vo:bio', digest }])
    await apply(database().pool, [sages])
    await addTo('lab', people)

    const done = await approve(digest)

    expect(done).toMatchObject({ kind: 'held', scope: 'instance' })
    const { digest: anew } = done.kind === 'held' ? done : { digest }
    const { holds } = await readHoldWakes(database().pool)
    const told = holds.map(({ scope, closedAt }) => `${scope} ${closedAt === undefined ? 'opened' : 'closed'}`)
    expect(told).toEqual(['vo:bio closed', 'instance opened'])
    expect(await approve(anew)).toMatchObject({ kind: 'done', scope: 'instance' })
    expect(await wise()).toBe(6)
  })
})

import { afterEach, beforeEach, describe, expect, it } from '@jest/globals'
import { actOnMembers, inTransaction, lookAtApplication, showInvitation } from '../../../store/index.ts'
import { createTestDatabase, type TestDatabase } from '../../support/test-database.ts'
import { applicationsIn, compileSchema, join, noon } from './applications-world.ts'
import { invitationsIn } from './invitations-world.ts'
import { apply, change as changed, document, stored } from './world.ts'

const address = 'new@example.org'
const twoSteps = { approval: { steps: [{ by: 'managers' }, { by: { user: 'idp/grace' } }] } }

describe('invitations', () => {
  let database: TestDatabase
  beforeEach(async () => {
    database = await createTestDatabase()
  })
  afterEach(async () => database.drop())
  const { act, astro, members, stateOf: applicationIs } = applicationsIn(() => database)
  const { accept, change, decline, invite, invited, keyOf, outcome, stateOf } = invitationsIn(() => database)

  it('are made for those who can be invited, and the others are refused by their addresses', async () => {
    await astro()
    const first = await invited(address)

    const answers = await invite(['New@Example.org', 'no address', 'two@example.org', 'TWO@example.org'])

    expect(answers).toEqual([
      { address: 'New@Example.org', refused: expect.objectContaining({ reason: 'already-invited' }) },
      { address: 'no address', refused: expect.objectContaining({ reason: 'address-invalid' }) },
      { address: 'two@example.org', invitation: expect.any(Number), until: '2026-03-01' },
      { address: 'TWO@example.org', refused: expect.objectContaining({ reason: 'named-twice' }) },
    ])
    expect(await showInvitation(database.pool, first)).toMatchObject({ address, state: 'open', actor: 'local/test' })
  })

  it.each([
    ['idp/ada', {}, 'made'],
    ['idp/grace', {}, 'ACTOR_NOT_ELIGIBLE'],
    ['idp/nobody', {}, 'IDENTITY_UNKNOWN'],
    ['idp/ada', { group: 'telescope' }, 'made'],
    ['idp/ada', { vo: 'nowhere' }, 'OBJECT_UNKNOWN'],
    ['idp/ada', { group: 'telescope:operators' }, 'FORM_UNKNOWN'],
    ['idp/root', { isPreApproved: true }, 'made'],
  ])('are made by those who may have members, %s %j: %s', async (actor, more, expected) => {
    await astro()
    const made = await invite([address], { actor, ...more }).then(
      () => 'made',
      (error: unknown) => (error instanceof Error && 'code' in error ? error.code : error),
    )
    expect(made).toBe(expected)
  })

  it('are approved beforehand only by those who may approve', async () => {
    await astro({ ...join, approval: { steps: [{ by: { user: 'idp/grace' } }] } })

    await expect(invite([address], { actor: 'idp/ada', isPreApproved: true })).rejects.toMatchObject({
      code: 'ACTOR_NOT_ELIGIBLE',
      message: expect.stringContaining('expected "idp/grace", or an admin of the instance; invite without approving'),
    })
  })

  it('count as the approval of the inviter where they say so, once, and make the membership', async () => {
    await astro()
    const id = await invited(address, { actor: 'idp/ada', isPreApproved: true })
    const key = await keyOf(id)

    expect(await outcome(accept(key, 'idp/new'))).toEqual(['astro approved'])
    expect(await outcome(accept(key, 'idp/other'))).toEqual(['KEY_REFUSED'])

    expect(await members()).toMatchObject({ 'idp/new': 'VALID' })
    expect(await showInvitation(database.pool, id)).toMatchObject({
      ...{ state: 'accepted', endedBy: 'idp/new' },
      applications: [{ identity: 'idp/new', state: 'approved' }],
    })
  })

  it('leave the decision to those who decide where they approve nothing', async () => {
    await astro()
    const key = await keyOf(await invited(address, { actor: 'idp/ada' }))

    expect(await outcome(accept(key, 'idp/new'))).toEqual(['astro open'])
  })

  it('count in the first step alone', async () => {
    await astro({ ...join, ...twoSteps })
    const id = await invited(address, { actor: 'idp/ada', isPreApproved: true })

    expect(await outcome(accept(await keyOf(id), 'idp/new'))).toEqual(['astro open'])
    const [{ application } = { application: 0 }] = (await showInvitation(database.pool, id))?.applications ?? []
    await act('approve', application, 'idp/grace')

    expect(await applicationIs(application)).toBe('approved')
  })

  it.each<readonly [string, () => Promise<void>]>([
    [
      'the inviter is no manager any more',
      async () => {
        const have = await stored(database.pool, 'VO', 'astro')
        await apply(database.pool, [changed(have, document('VO', 'astro', { managers: [{ user: 'idp/grace' }] }))])
      },
    ],
    [
      'somebody put the person out',
      async () => {
        await membership('add', 'idp/new')
        await membership('disable', 'idp/new')
      },
    ],
  ])('count as no approval where %s', async (_why, happens) => {
    await astro()
    const key = await keyOf(await invited(address, { actor: 'idp/ada', isPreApproved: true }))
    await happens()

    expect(await outcome(accept(key, 'idp/new'))).toEqual(['astro open'])
  })

  it('count as approval where whoever is invited had left by themselves', async () => {
    await astro()
    const key = await keyOf(await invited(address, { actor: 'idp/ada', isPreApproved: true }))
    await membership('add', 'idp/new')
    await membership('leave', 'idp/new')

    expect(await outcome(accept(key, 'idp/new'))).toEqual(['astro approved'])
  })

  async function membership(name: 'add' | 'disable' | 'leave', user: string): Promise<void> {
    await inTransaction(database.pool, (tx) =>
      actOnMembers(tx, {
        ...{ place: { kind: 'vo', vo: 'astro' }, act: name, requests: [{ user }], reason: 'test' },
        ...{ vo: 'astro', cause: { actor: 'local/test' }, now: noon('2026-02-01') },
      }),
    )
  }

  it('are nobody’s approval of themselves', async () => {
    await astro(
      { ...join, approval: { steps: [{ by: { user: 'idp/linus' } }] } },
      { managers: [{ user: 'idp/linus' }] },
    )
    const key = await keyOf(await invited(address, { actor: 'idp/linus', isPreApproved: true }))

    expect(await outcome(accept(key, 'idp/linus'))).toEqual(['astro open'])
  })

  it.each<readonly [string, number, () => Promise<unknown>]>([
    ['the answers are wrong', 0, async () => undefined],
    ['the person is a member', 0, async () => membership('add', 'idp/new')],
  ])('keep their keys where nothing is filed as %s', async (_why, _places, happens) => {
    await astro()
    const id = await invited(address)
    const key = await keyOf(id)
    await happens()

    expect(await outcome(accept(key, 'idp/new', { answers: {} }))).toEqual([
      ((await members()) as Record<string, string>)['idp/new'] === undefined ? 'answers-invalid' : 'already-member',
    ])
    expect(await stateOf(id)).toBe('open')
  })

  it.each([
    ['New@EXAMPLE.org', 'New@example.org', 'astro approved'],
    ['new@example.org', 'other@example.org', 'astro unverified'],
  ])('to %s confirm that address by the use of the key: %s answered is %s', async (invitedTo, answered, state) => {
    const mail = { name: 'mail', type: 'verified-email', required: true }
    await astro({ ...join, items: [...join.items, mail] })
    const key = await keyOf(await invited(invitedTo, { isPreApproved: true }))

    expect(await outcome(accept(key, 'idp/new', { answers: { name: 'New', mail: answered } }))).toEqual([state])
  })

  it('wait for a place like any application', async () => {
    await astro(join, { maxMembers: 2 })
    const key = await keyOf(await invited(address, { isPreApproved: true }))

    expect(await outcome(accept(key, 'idp/new'))).toEqual(['astro waiting place'])
  })

  describe('to a group', () => {
    it('bring who is no member into the VO first', async () => {
      await astro()
      const key = await keyOf(await invited(address, { group: 'telescope', actor: 'idp/ada', isPreApproved: true }))

      expect(await outcome(accept(key, 'idp/new', { answers: {}, voAnswers: {} }))).toEqual(['answers-invalid'])
      expect(await outcome(accept(key, 'idp/new', { answers: {}, voAnswers: { name: 'New' } }))).toEqual([
        'astro approved',
        'astro/telescope approved',
      ])
      expect(await members('telescope')).toMatchObject({ 'idp/new': 'VALID' })
    })

    it('count once the application for the VO is approved by others', async () => {
      await astro({ ...join, approval: { steps: [{ by: { user: 'idp/grace' } }] } }, {})
      const id = await invited(address, { group: 'telescope', actor: 'idp/ada', isPreApproved: true })

      expect(await outcome(accept(await keyOf(id), 'idp/new', { answers: {}, voAnswers: { name: 'New' } }))).toEqual([
        'astro open',
        'astro/telescope waiting vo-member',
      ])
      const [ofVo, ofGroup] = (await showInvitation(database.pool, id))?.applications ?? []
      await act('approve', ofVo?.application ?? 0, 'idp/grace')
      await look(ofGroup?.application ?? 0)

      expect(await applicationIs(ofGroup?.application ?? 0)).toBe('approved')
      expect(await members('telescope')).toMatchObject({ 'idp/new': 'VALID' })
    })

    it('file for the group alone where the person has applied for the VO', async () => {
      await astro()
      const applied = await keyOf(await invited('one@example.org'))
      await accept(applied, 'idp/new')
      const key = await keyOf(await invited(address, { group: 'telescope' }))

      expect(await outcome(accept(key, 'idp/new', { answers: {} }))).toEqual(['astro/telescope waiting vo-member'])
    })
  })

  async function look(id: number): Promise<void> {
    await inTransaction(database.pool, (tx) => lookAtApplication(tx, { id, now: noon('2026-02-03'), compileSchema }))
  }

  it('are told apart by nobody who has the wrong key, whatever is wrong with it', async () => {
    await astro()
    const [used, declined, revoked, resent, expired, right] = await Promise.all(
      ['a', 'b', 'c', 'd', 'e', 'f'].map(async (name) => invited(`${name}@example.org`)),
    )
    const keys = await Promise.all([used, declined, revoked, resent, expired].map(async (id) => keyOf(id ?? 0)))
    await accept(keys[0] ?? '', 'idp/new')
    await decline(keys[1] ?? '')
    await change('revoke', [revoked ?? 0])
    await change('resend', [resent ?? 0])
    const late = { now: noon('2026-03-01') }

    const errors = await Promise.all(
      [
        ...keys.slice(0, 4).map((key) => accept(key, 'idp/other')),
        accept(keys[4] ?? '', 'idp/other', late),
        accept('x', 'idp/other'),
      ].map(async (accepting) =>
        accepting.then(
          () => 'accepted',
          (error: unknown) => (error instanceof Error ? error.message : ''),
        ),
      ),
    )

    expect(new Set(errors)).toEqual(
      new Set([
        'Cannot use the invitation: its key is wrong, was used before, or counts no more; ask whoever invited you for another one',
      ]),
    )
    expect(await Promise.all([used, declined, revoked, resent, right].map(async (id) => stateOf(id ?? 0)))).toEqual([
      ...['accepted', 'declined', 'revoked', 'open', 'open'],
    ])
  })

  it('are used once where two use them at the same moment', async () => {
    await astro()
    for (let round = 0; round < 10; round += 1) {
      const key = await keyOf(await invited(`r${round}@example.org`))
      const outcomes = await Promise.all([
        outcome(accept(key, `idp/a${round}`)),
        outcome(accept(key, `idp/b${round}`)),
        decline(key).then(
          () => ['declined'],
          () => ['KEY_REFUSED'],
        ),
      ])
      expect(outcomes.flat().filter((one) => one === 'KEY_REFUSED')).toHaveLength(2)
    }
  })

  it('are revoked and sent again by those who may invite, and those that have run out begin anew', async () => {
    await astro()
    const [first, second] = [
      await invited(address),
      await invited('two@example.org', { requests: [{ address: 'two@example.org', until: '2026-02-02' }] }),
    ]
    const noManager = await change('revoke', [first, 999], { actor: 'idp/grace' })
    await change('revoke', [first], { actor: 'idp/ada' })
    const over = await change('resend', [first, second], { actor: 'idp/ada', until: '2026-05-01' })

    expect(noManager).toEqual([
      { invitation: first, refused: expect.objectContaining({ reason: 'not-allowed' }) },
      { invitation: 999, refused: expect.objectContaining({ reason: 'invitation-unknown' }) },
    ])
    expect(over).toEqual([
      { invitation: first, refused: expect.objectContaining({ reason: 'ended' }) },
      { invitation: second, state: 'open', until: '2026-05-01' },
    ])
    expect(await showInvitation(database.pool, second)).toMatchObject({ sending: 2, until: '2026-05-01' })
  })
})

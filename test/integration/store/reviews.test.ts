import { describe, expect, it } from '@jest/globals'
import {
  addDelegations,
  evidenceOf,
  inTransaction,
  listReviewFindings,
  listReviews,
  listWaitingPeople,
  verifyAudit,
} from '../../../store/index.ts'
import { add, apply, document, row } from './world.ts'
import { noon, reviewsWorld } from './reviews-world.ts'

const { act, approve, close, database, decide, inTx, look, members, outcomes, start } = reviewsWorld()

describe('a review of a VO', () => {
  it('takes what people gave from whom a reviewer removes, and tells what git says as a finding', async () => {
    const review = await start()

    expect(
      await decide(review, 'idp/ada', {
        'idp/alan': 'remove',
        'idp/dana': 'remove',
        'idp/linus': 'remove',
        'idp/eve': 'keep',
      }),
    ).toEqual({ 'idp/alan': 'managers', 'idp/dana': 'managers', 'idp/linus': 'managers', 'idp/eve': 'managers' })
    expect(await close(review)).toEqual({ review, state: 'closed' })

    expect(await outcomes(review)).toEqual({
      'idp/ada': 'keep: telescope config kept',
      'idp/alan': 'remove: manager removed, telescope manager removed',
      'idp/dana': 'remove: manager removed, telescope config unresolved',
      'idp/eve': 'keep: manager kept',
      'idp/grace': 'keep: telescope:operators config kept',
      'idp/guest': 'keep: sponsor kept',
      'idp/kurt': 'keep: manager kept',
      'idp/linus': 'remove: config unresolved, telescope manager removed',
    })
    expect(await members()).toEqual([
      ...['idp/ada VALID', 'idp/dana VALID', 'idp/eve VALID', 'idp/grace VALID', 'idp/guest VALID', 'idp/kurt VALID'],
      'idp/linus VALID',
    ])
    expect(await listReviewFindings(database().pool, review)).toMatchObject([
      { user: 'idp/dana', group: 'telescope', origin: 'config', file: 'all.yaml', line: 1, resolved: null },
      { user: 'idp/linus', group: null, origin: 'config', file: 'all.yaml', line: 1, resolved: null },
    ])
    await expect(verifyAudit(database().pool)).resolves.toMatchObject({ valid: true })
  })

  it('tells by which commit a finding was resolved', async () => {
    const review = await start()
    await decide(review, 'idp/ada', { 'idp/linus': 'remove' })
    await close(review)

    const asOf = noon('2026-02-25')
    const elsewhere = { commit: 'decade', actor: 'commit/decade' }
    await apply(database().pool, [add(document('VO', 'elsewhere')), row('add', 'elsewhere', 'idp/linus')], {
      ...{ asOf, cause: elsewhere },
    })
    await apply(database().pool, [row('remove', 'astro', 'idp/linus')], { asOf })

    const [finding] = await listReviewFindings(database().pool, review)
    expect(finding).toMatchObject({
      user: 'idp/linus',
      file: null,
      resolved: { at: noon('2026-02-25'), commit: 'c0ffee' },
    })
  })

  it('removes the unanswered where it says so, and leaves alone whoever ended or came anew meanwhile', async () => {
    const review = await start({ unanswered: 'remove' })
    await decide(review, 'idp/ada', { 'idp/eve': 'keep', 'idp/grace': 'keep', 'idp/linus': 'keep' })
    await decide(review, 'idp/grace', { 'idp/ada': 'keep', 'idp/dana': 'keep' })
    await act('remove', ['idp/alan'], undefined, '2026-02-10')
    await act('remove', ['idp/kurt'], undefined, '2026-02-10')
    await act('add', ['idp/kurt', 'idp/new'], undefined, '2026-02-11')

    await close(review)

    expect(await outcomes(review)).toMatchObject({
      'idp/alan': 'remove: manager ended, telescope manager ended',
      'idp/guest': 'remove: sponsor removed',
      'idp/kurt': 'remove: manager ended, manager anew',
    })
    expect(await members()).toEqual(expect.arrayContaining(['idp/kurt VALID', 'idp/new VALID']))
    expect(await members()).not.toContain('idp/guest VALID')
  })

  it('lets another sponsor take over a guest', async () => {
    const review = await start()

    expect(
      await decide(review, 'idp/grace', { 'idp/guest': { to: 'idp/kurt' }, 'idp/eve': { to: 'idp/linus' } }),
    ).toEqual({
      'idp/guest': 'not-a-sponsor',
      'idp/eve': 'not-a-guest',
    })
    expect(await decide(review, 'idp/grace', { 'idp/guest': { to: 'idp/linus' } })).toEqual({ 'idp/guest': 'managers' })
    await close(review)

    expect((await outcomes(review))['idp/guest']).toBe('transfer: sponsor transferred')
    const { rows } = await database().pool.query(
      `select i.ref from membership m join identity i on i.person_id::text = m.origin_name where m.origin = 'sponsor' and i.ref like 'idp/%'`,
    )
    expect(rows).toEqual([{ ref: 'idp/linus' }])
  })
})

describe('a reviewer', () => {
  it.each([
    ['idp/ada', 'idp/ada', 'own-review'],
    ['idp/ada', 'idp/guest', 'own-guest'],
    ['idp/grace', 'idp/guest', 'managers'],
    ['idp/root', 'idp/guest', 'admins'],
    ['idp/eve', 'idp/guest', 'not-eligible'],
    ['idp/ada', 'idp/root', 'not-in-review'],
    ['idp/ada', 'idp/nobody', 'identity-unknown'],
    [undefined, 'idp/ada', 'operator'],
  ])('%s decides about %s: %s', async (actor, user, word) => {
    await database()
      .pool.query(`insert into person (identities) values ('{idp/root}')`)
      .catch(() => undefined)
    const review = await start()

    expect(await decide(review, actor, { [user]: 'keep' })).toEqual({ [user]: word })
  })

  it('who is asked as a sponsor decides about guests of their own, and nobody else', async () => {
    const review = await start({ reviewers: [{ role: 'sponsors' }] })

    expect(await decide(review, 'idp/ada', { 'idp/guest': 'keep', 'idp/eve': 'keep' })).toEqual({
      'idp/guest': 'sponsors',
      'idp/eve': 'not-eligible',
    })
    expect(await listWaitingPeople(database().pool, { review, identity: 'idp/linus' })).toEqual([])
  })

  it('whose role is gone by the end has not decided; the last word of who still has one counts', async () => {
    const review = await start({ reviewers: [{ user: 'idp/grace' }, { group: 'telescope' }] })
    await decide(review, 'idp/grace', { 'idp/eve': 'keep' })
    await decide(review, 'idp/alan', { 'idp/eve': 'remove', 'idp/kurt': 'remove' })
    await act('remove', ['idp/alan'], 'telescope', '2026-02-10')

    await close(review)

    expect(await outcomes(review)).toMatchObject({ 'idp/eve': 'keep: manager kept', 'idp/kurt': 'keep: manager kept' })
    const { evidence } = (await evidenceOf(database().pool, review)) ?? {}
    const decisions = evidence?.people.find(({ user }) => user === 'idp/eve')?.decisions ?? []
    expect(decisions.map(({ by, role, void: why }) => [by, role, why])).toEqual([
      ['idp/grace', 'user idp/grace', null],
      ['idp/alan', 'group telescope', 'not-eligible'],
    ])
  })

  it('lets somebody stand in, who decides neither about themselves nor about the one who is away', async () => {
    const review = await start()
    const away = { cause: { actor: 'local/test' }, now: noon('2026-02-01') }
    const request = { delegator: 'idp/grace', vo: 'astro', reason: 'away', from: null, until: null }
    await inTx((tx) => addDelegations(tx, { ...away, requests: [{ ...request, delegate: 'idp/eve' }] }))

    expect(await decide(review, 'idp/eve', { 'idp/kurt': 'keep', 'idp/eve': 'keep', 'idp/grace': 'keep' })).toEqual({
      'idp/kurt': 'managers',
      'idp/eve': 'own-review',
      'idp/grace': 'own-review',
    })
    await close(review)

    const { evidence } = (await evidenceOf(database().pool, review)) ?? {}
    const [decision] = evidence?.people.find(({ user }) => user === 'idp/kurt')?.decisions ?? []
    expect(decision).toMatchObject({ by: 'idp/eve', for: 'idp/grace', role: 'managers', void: null })
  })

  it('sees what waits for them', async () => {
    const review = await start({ place: { kind: 'group', vo: 'astro', group: 'telescope' } })

    expect(await listReviews(database().pool, { waitingFor: 'idp/ada' })).toMatchObject([
      { review, people: 5, decided: 0 },
    ])
    expect(await listWaitingPeople(database().pool, { review, identity: 'idp/ada' })).toEqual([
      ...['idp/alan', 'idp/dana', 'idp/grace', 'idp/linus'],
    ])
    await decide(review, 'idp/grace', { 'idp/ada': 'keep' })
    expect(await listWaitingPeople(database().pool, { review, identity: 'idp/ada' })).not.toContain('idp/ada')
    expect(await listReviews(database().pool, { waitingFor: 'idp/eve' })).toEqual([])
  })
})

describe('a review of a group or a resource', () => {
  it('takes from a group and its subgroups, and leaves the VO', async () => {
    await act('add', ['idp/eve'], 'telescope:operators')
    const review = await start({ place: { kind: 'group', vo: 'astro', group: 'telescope' } })
    await decide(review, 'idp/ada', { 'idp/alan': 'remove', 'idp/eve': 'remove', 'idp/dana': 'remove' })

    await close(review)

    expect(await outcomes(review)).toMatchObject({
      'idp/alan': 'remove: telescope manager removed',
      'idp/dana': 'remove: telescope config unresolved',
      'idp/eve': 'remove: telescope:operators manager removed',
    })
    expect(await members()).toEqual(expect.arrayContaining(['idp/alan VALID', 'idp/eve VALID']))
  })

  it('of a resource takes from the groups that lead there', async () => {
    const review = await start({ place: { kind: 'resource', vo: 'astro', resource: 'cluster' } })
    await decide(review, 'idp/ada', { 'idp/alan': 'remove' })

    await close(review)

    expect(await members('telescope')).not.toContain('idp/alan VALID')
    expect(await members()).toContain('idp/alan VALID')
  })

  it('of a resource for all members ends memberships', async () => {
    const review = await start({ place: { kind: 'resource', vo: 'astro', resource: 'all' } })
    await decide(review, 'idp/ada', { 'idp/alan': 'remove' })

    await close(review)

    expect(await members()).not.toContain('idp/alan VALID')
  })
})

describe('mails of a review', () => {
  const mails = async (): Promise<string[]> => {
    const { rows } = await database().pool.query<{ line: string }>(
      `select d.event || ' ' || i.ref || ' ' || (d.tags->'review'->>'waiting') as line
       from mail_draft d join identity i on i.person_id = d.person_id and i.ref like 'idp/%' order by d.id, 1`,
    )
    return rows.map(({ line }) => line)
  }

  it('go to the reviewers when it begins, once for a reminder while somebody waits for them, and when it has ended', async () => {
    const review = await start({ remindBefore: ['P9D', 'P19D'] })
    await decide(review, 'idp/ada', Object.fromEntries(everybody.map((user) => [user, 'keep' as const])))
    await look(review, '2026-02-11')
    await look(review, '2026-02-12')
    await decide(review, 'idp/grace', { 'idp/ada': 'keep', 'idp/guest': 'keep' })
    await look(review, '2026-02-21')
    await close(review)

    expect(await mails()).toEqual([
      ...['review.opened idp/ada 6', 'review.opened idp/grace 7', 'review.reminder idp/grace 2'],
      ...['review.closed idp/ada 0', 'review.closed idp/grace 0'],
    ])
  })
})

const everybody = ['idp/alan', 'idp/dana', 'idp/eve', 'idp/grace', 'idp/kurt', 'idp/linus']

describe('the end of a review', () => {
  it('is refused where nobody reviews, it is over already, or there is one', async () => {
    await expect(start({ reviewers: [{ group: 'nobody' }] })).rejects.toMatchObject({
      facts: { reason: 'no-reviewers' },
    })
    await expect(start({ due: '2026-01-01' })).rejects.toMatchObject({ facts: { reason: 'due-past' } })
    await start()
    await expect(start()).rejects.toMatchObject({ code: 'REVIEW_REFUSED', facts: { reason: 'already-open' } })
    await expect(start({ actor: 'idp/eve' })).rejects.toMatchObject({ code: 'ACTOR_NOT_ELIGIBLE' })
  })

  it('comes by itself, after the reminders', async () => {
    const review = await start({ remindBefore: ['P9D', 'P19D'] })
    await decide(review, 'idp/ada', { 'idp/alan': 'remove' })

    expect(await look(review, '2026-02-01')).toMatchObject({ state: 'open', next: new Date('2026-02-10T00:00:00Z') })
    expect(await look(review, '2026-02-20')).toMatchObject({ state: 'open', next: new Date('2026-03-01T00:00:00Z') })
    expect(await look(review, '2026-03-01')).toEqual({ kind: 'ended', outcome: 'closed' })
    expect(await members()).not.toContain('idp/alan VALID')
    expect(await decide(review, 'idp/ada', { 'idp/eve': 'remove' })).toEqual({ 'idp/eve': 'ended' })
  })

  it('is held as a whole where it would take too much, and done by the approval of another', async () => {
    const people = Array.from({ length: 12 }, (_, place) => `idp/many${place}`)
    await act('add', people)
    const review = await start()
    await decide(review, 'idp/ada', Object.fromEntries(people.map((user) => [user, 'remove' as const])))

    const closed = await close(review)
    expect(closed).toMatchObject({ state: 'held', held: expect.any(String) })
    expect((await outcomes(review))['idp/many1']).toBe('open: manager')
    expect(await close(review)).toEqual({ review, state: 'held' })
    expect(await look(review, '2026-02-20')).toMatchObject({ state: 'held', next: undefined })
    expect(await decide(review, 'idp/ada', { 'idp/eve': 'keep' })).toEqual({ 'idp/eve': 'ended' })

    expect(await approve(closed.held ?? '')).toMatchObject({ kind: 'done' })
    expect(await look(review, '2026-02-21')).toEqual({ kind: 'ended', outcome: 'closed' })
    expect((await outcomes(review))['idp/many1']).toBe('remove: manager removed')
    expect(await members()).not.toContain('idp/many1 VALID')
  })

  it('takes nothing where what is held is not approved', async () => {
    const people = Array.from({ length: 12 }, (_, place) => `idp/many${place}`)
    await act('add', people)
    const review = await start({ unanswered: 'remove' })
    await close(review)
    const { rowCount } = await database().pool.query(
      `update hold set closed_at = now(), outcome = 'lapsed', change = null, by = null, reason = null where kind = 'review'`,
    )
    expect(rowCount).toBe(1)

    expect(await look(review, '2026-02-24')).toEqual({ kind: 'ended', outcome: 'closed' })

    expect((await outcomes(review))['idp/many1']).toBe('remove: manager not-approved')
    expect(await listReviews(database().pool, { id: review })).toMatchObject([{ state: 'closed', outcome: 'lapsed' }])
    expect(await members()).toContain('idp/many1 VALID')
  })

  it('stands in the audit trail with the hash of the evidence, which anybody can make again', async () => {
    const review = await start()
    await decide(review, 'idp/ada', { 'idp/alan': 'remove' })
    await close(review)

    const { rows } = await inTransaction(database().pool, (tx) =>
      tx.query(`select d.personal->>'evidence' as evidence from event e join event_detail d on d.event_id = e.id
        where e.kind = 'Review' and e.action = 'close'`),
    )
    expect(rows).toEqual([{ evidence: (await evidenceOf(database().pool, review))?.sha256 }])
  })
})

import { afterEach, beforeEach, describe, expect, it } from '@jest/globals'
import {
  endDelegation,
  endDelegations,
  endInvitation,
  inTransaction,
  isMailWaiting,
  nextDigestAt,
  queueMails,
  runClock,
  withMailSender,
  writeDigests,
  type DelegationAnswer,
} from '../../../store/index.ts'
import { createTestDatabase, type TestDatabase } from '../../support/test-database.ts'
import { applicationsIn, noon } from './applications-world.ts'
import { invitationsIn } from './invitations-world.ts'
import { add, apply, change, document, row, stored } from './world.ts'

let database: TestDatabase

beforeEach(async () => {
  database = await createTestDatabase()
})

afterEach(async () => database.drop())

const { astro: begin, delegate } = applicationsIn(() => database)
const { accept, change: changeInvitations, decline, invite, invited, keyOf } = invitationsIn(() => database)
const boss = { identities: ['idp/boss'], attributes: { displayName: 'The boss', email: 'boss@example.org' } }

/** The world of applications, with a manager who has an address. */
async function astro(spec: object = {}): Promise<void> {
  await begin(undefined, { managers: [{ user: 'idp/boss' }, { user: 'idp/ada' }], ...spec })
  await apply(database.pool, [
    add(document('User', 'boss', boss)),
    add(document('User', 'linus', { identities: ['idp/linus'] })),
  ])
}

/** What people are to be told, by event. */
async function drafted(event: string): Promise<readonly { readonly who: string; readonly tags: never }[]> {
  const { rows } = await database.pool.query<{ readonly who: string; readonly tags: never }>(
    `select p.identities[1] as who, d.tags from mail_draft d join person p on p.id = d.person_id
     where d.event like $1 order by d.id`,
    [event],
  )
  return rows
}

describe('who stands in for somebody', () => {
  const numberOf = (answer: DelegationAnswer): number => ('delegation' in answer ? answer.delegation : 0)
  const end = async (delegation: number, actor: string) =>
    inTransaction(database.pool, (tx) =>
      endDelegations(tx, {
        ...{ requests: [{ delegation, reason: 'back' }], cause: { actor }, now: noon('2026-02-03') },
        ...(actor.startsWith('idp/') && { actor }),
      }),
    )

  it('is told when it begins, and when somebody else ends it before its time', async () => {
    await astro()
    const days = { from: '2026-02-02', until: '2026-03-01' } as const
    const made = await delegate(['idp/boss', 'idp/linus'], { ...days, actor: 'idp/boss' })
    const begun = await drafted('delegation.%')
    expect(await isMailWaiting(database.pool)).toBe(true)
    await end(numberOf(made), 'idp/boss')

    const delegation = {
      ...{ id: numberOf(made), delegator: 'The boss', delegate: 'idp/linus', isDelegate: true },
      ...{ vo: 'astro', application: '', from: '2026-02-02', lastDay: '2026-02-28', reason: 'away' },
    }
    expect(begun).toEqual([{ who: 'idp/linus', tags: { delegation: { ...delegation, endedBy: '', why: '' } } }])
    expect(await drafted('delegation.ended')).toEqual([
      { who: 'idp/linus', tags: { delegation: { ...delegation, endedBy: 'The boss', why: 'back' } } },
    ])
  })

  it('is told with who is away where the operator ends it, and nobody is where its day has come', async () => {
    await astro()
    const over = numberOf(await delegate(['idp/boss', 'idp/ada'], { until: '2026-02-03' }))
    await inTransaction(database.pool, (tx) => endDelegation(tx, { id: over, now: noon('2026-02-03') }))
    const first = await delegate(['idp/boss', 'idp/linus'], { isEverywhere: true })
    await end(numberOf(first), 'local/test')

    expect(await drafted('delegation.ended')).toMatchObject([
      { who: 'idp/boss', tags: { delegation: { vo: '', lastDay: '', endedBy: 'local/test', isDelegate: false } } },
      { who: 'idp/linus', tags: { delegation: { isDelegate: true } } },
    ])
  })
})

describe('who invited', () => {
  const asBoss = { actor: 'idp/boss' } as const
  const digests = async (at: string): Promise<number> =>
    inTransaction(database.pool, (tx) => writeDigests(tx, new Date(at)))

  it('is told in the morning, in one mail, what became of their invitations', async () => {
    await astro()
    const taken = await invited('one@example.org', asBoss)
    const refused = await invited('two@example.org', asBoss)
    const revoked = await invited('three@example.org', asBoss)
    await invited('four@example.org', { actor: 'idp/ada' })
    await accept(await keyOf(taken), 'idp/new')
    await decline(await keyOf(refused))
    await changeInvitations('revoke', [revoked], asBoss)

    expect(await nextDigestAt(database.pool)).toEqual(new Date('2026-02-03T07:00:00Z'))
    await digests('2026-02-03T06:59:00Z')
    expect(await drafted('invitation.digest')).toEqual([])
    await digests('2026-02-03T07:00:00Z')
    await digests('2026-02-03T07:00:00Z')
    await digests('2026-02-04T07:00:00Z')

    const told = { for: 'astro', title: 'astro', name: '', on: '2026-02-02' }
    expect(await drafted('invitation.digest')).toEqual([
      {
        who: 'idp/boss',
        tags: {
          ...{ count: 2, accepted: 1, declined: 1, expired: 0, more: 0 },
          invitations: [
            { ...told, id: taken, address: 'one@example.org', state: 'accepted', reason: '' },
            { ...told, id: refused, address: 'two@example.org', state: 'declined', reason: 'no time' },
          ],
        },
      },
    ])
  })

  it('misses nothing where a morning was missed', async () => {
    await astro()
    const [one, other] = [await invited('one@example.org', asBoss), await invited('two@example.org', asBoss)]
    await decline(await keyOf(one))
    await digests('2026-02-04T03:00:00Z')
    await decline(await keyOf(other))
    await digests('2026-02-04T07:00:00Z')

    expect(await drafted('invitation.digest')).toMatchObject([
      { tags: { invitations: [{ id: one }] } },
      { tags: { invitations: [{ id: other }] } },
    ])
  })

  it('gets one mail of hundreds that run out together, and another one of what runs out after it went out again', async () => {
    await astro()
    const addresses = Array.from({ length: 150 }, (_, index) => `someone${index}@example.org`)
    await invite(addresses, asBoss)
    const [first = 0] = (await database.pool.query<{ id: number }>('select id from invitation order by id')).rows.map(
      ({ id }) => id,
    )
    for (let more = true; more;)
      ({ more } = await inTransaction(database.pool, (tx) =>
        runClock(tx, { vo: 'astro', now: noon('2026-03-10'), atMost: 100 }),
      ))
    await digests('2026-03-11T07:00:00Z')
    const resend = { ...asBoss, now: noon('2026-03-11'), until: '2026-03-13' }
    await changeInvitations('resend', [first], resend)
    await database.pool.query('update invitation set is_ended_by_clock = false where id = $1', [first])
    await inTransaction(database.pool, (tx) => endInvitation(tx, { id: first, now: noon('2026-03-13') }))
    await digests('2026-03-14T07:00:00Z')

    expect(await drafted('invitation.digest')).toMatchObject([
      { who: 'idp/boss', tags: { count: 150, expired: 150, more: 100 } },
      { who: 'idp/boss', tags: { count: 1, expired: 1, more: 0, invitations: [{ id: first, state: 'expired' }] } },
    ])
  })
})

describe('members', () => {
  it('are told once of each version of the terms that is announced, whatever else changes', async () => {
    const terms = { version: '1', text: 'x', sha256: 'x', file: 'x.md' }
    const next = (version: string) => ({ terms: { ...terms, next: { version, text: 'y', sha256: 'y', file: 'y.md' } } })
    await astro()
    const announce = async (spec: object, day: string) => {
      const have = await stored(database.pool, 'VO', 'astro')
      const want = document('VO', 'astro', { managers: [{ user: 'idp/ada' }], ...spec })
      await apply(database.pool, [change(have, want)], { asOf: noon(day) })
    }
    const notices = { before: ['P7D'] }

    await announce(next('2'), '2026-02-01')
    expect(await drafted('terms.announced')).toEqual([])
    await announce({ notices, ...next('2') }, '2026-02-02')
    await announce({ notices, ...next('2'), timeZone: 'Europe/Prague' }, '2026-02-03')
    await announce({ notices, terms }, '2026-02-04')
    await announce({ notices, ...next('2') }, '2026-02-05')
    await apply(database.pool, [row('add', 'astro', 'idp/linus')])

    const tags = {
      vo: { name: 'astro', title: 'astro' },
      announced: { version: '2', on: '2026-02-02', inForce: '1' },
    }
    expect(await drafted('terms.announced')).toEqual([
      { who: 'idp/ada', tags },
      { who: 'idp/grace', tags },
    ])
    await announce({ notices, ...next('3') }, '2026-02-06')
    expect(await drafted('terms.announced')).toHaveLength(5)
  })
})

describe('mails to one person', () => {
  it('go out in the order in which they were written, also where the first has to be tried again', async () => {
    await astro()
    const now = noon('2026-02-02')
    const mail = { recipient: 'boss@example.org', subject: 's', body: 'b', vo: null, notices: [] }
    const { rows } = await database.pool.query<{ id: number }>(
      `select person_id as id from identity where ref = 'idp/boss'`,
    )
    const person = rows[0]?.id ?? null
    await inTransaction(database.pool, (tx) =>
      queueMails(
        tx,
        [...['1', '2'].map((key) => ({ ...mail, key, person })), { ...mail, key: '3', person: null }],
        now,
      ),
    )
    await database.pool.query(
      `update mail set next_attempt_at = next_attempt_at + interval '1 hour' where key in ('1', '3')`,
    )

    const due = await withMailSender(database.pool, now, (sender) => sender.due(now, 10))
    const { rows: keys } = await database.pool.query<{ id: string; key: string }>('select id::text, key from mail')

    expect(due?.map(({ id }) => keys.find((one) => one.id === id)?.key)).toEqual(['1', '2'])
  })
})

import { afterEach, beforeEach, describe, expect, it } from '@jest/globals'
import * as store from '../../../store/index.ts'
import { actOnMembers, declineNotices, inTransaction, nextDue, withMailSender } from '../../../store/index.ts'
import { createTestDatabase, type TestDatabase } from '../../support/test-database.ts'
import { runAndTell } from './tell.ts'
import { add, apply, change, document, stored } from './world.ts'

let database: TestDatabase
let broken: string[]

beforeEach(async () => {
  database = await createTestDatabase()
  broken = []
})

afterEach(async () => database.drop())

const noon = (day: string): Date => new Date(`${day}T12:00:00Z`)
const notices = { before: ['P28D', 'P14D', 'P7D', 'P1D'], after: ['P7D'] }
const mails = { ada: 'ada@example.org', bob: 'bob@example.org', eve: 'eve@example.org\r\nBcc: x@y', mute: undefined }

async function withMembers(spec: object, ...documents: readonly ReturnType<typeof document>[]): Promise<void> {
  await apply(database.pool, [
    add(document('Instance', 'example', { timeZone: 'Europe/Prague' })),
    add(document('Source', 'idp', { type: 'declared' })),
    add(document('Attribute', 'user.preferredLanguage', { type: 'string' })),
    ...Object.entries(mails).map(([login, email]) => {
      const language = login === 'bob' ? { preferredLanguage: 'cs-CZ' } : {}
      const attributes = { displayName: `Name of ${login}`, ...(email === undefined ? {} : { email }), ...language }
      return add(document('User', login, { identities: [`idp/${login}`], attributes }))
    }),
    add(document('VO', 'astro', spec)),
    ...documents.map(add),
  ])
}

async function act(
  what: 'add' | 'expires' | 'extend',
  user: string,
  { expires, at = '2026-01-10' }: { readonly expires?: string; readonly at?: string },
): Promise<void> {
  const request = expires === undefined ? { user } : { user, expires }
  const input = { vo: 'astro', act: what, reason: '', cause: { actor: 'local/test' }, now: noon(at) } as const
  await inTransaction(database.pool, (tx) => actOnMembers(tx, { ...input, requests: [request] }))
}

/** Lets the clock come so far and tells people, as the activity does. */
async function run(day: string): Promise<void> {
  await runAndTell(database.pool, { vo: 'astro', now: noon(day), onBroken: ({ event }) => void broken.push(event) })
}

async function told(): Promise<
  readonly { readonly recipient: string; readonly subject: string; readonly body: string }[]
> {
  const { rows } = await database.pool.query<{ recipient: string; subject: string; body: string; key: string }>(
    `select recipient, subject, body, regexp_replace(key, '^.*/', '') as key from mail order by id`,
  )
  return rows
}

describe('notices of the end of a membership', () => {
  it('come on the local days that the VO names, and once each', async () => {
    await withMembers({ notices })
    await act('add', 'idp/ada', { expires: '2026-06-01' })

    expect(await nextDue(database.pool, 'astro')).toMatchObject({
      kind: 'notice',
      at: new Date('2026-05-03T22:00:00Z'),
    })
    for (const day of [
      '2026-05-03',
      '2026-05-04',
      '2026-05-04',
      '2026-05-18',
      '2026-05-25',
      '2026-05-31',
      '2026-06-08',
    ])
      await run(day)

    expect(await told()).toMatchObject(
      ['before-P28D', 'before-P14D', 'before-P7D', 'before-P1D', 'after-P7D'].map((key) => ({ key })),
    )
    const [first, , , , last] = await told()
    expect(first).toMatchObject({ recipient: 'ada@example.org', subject: 'Your membership of astro ends' })
    expect(first?.body).toContain('Dear Name of ada,\n\nthe last day of your membership of astro is 2026-05-31.')
    expect(last?.body).toContain('the last day of your membership of astro was 2026-05-31.')
    const { rows } = await database.pool.query('select distinct message_id ~ $1 as ok from mail', [
      '^[0-9a-f]{40}@guildhall.invalid$',
    ])
    expect(rows).toEqual([{ ok: true }])
  })

  it('are one mail where days were missed, in the language of the reader', async () => {
    await withMembers({ notices })
    await act('add', 'idp/ada', { expires: '2026-06-01' })
    await act('add', 'idp/bob', { expires: '2026-07-01' })

    await run('2026-06-20')

    expect(await told()).toMatchObject([
      { recipient: 'ada@example.org', key: 'after-P7D+before-P14D+before-P1D+before-P28D+before-P7D' },
      { recipient: 'bob@example.org', key: 'before-P14D+before-P28D', subject: 'Vaše členství v astro končí' },
    ])
  })

  it.each([
    ['the default of the attribute', { default: 'cs' }],
    ['what an expression makes of other values', { derive: "user.displayName.contains('ada') ? 'cs' : 'en'" }],
  ])('are in the language that is %s', async (_, way) => {
    await withMembers({ notices })
    const language = await stored(database.pool, 'Attribute', 'user.preferredLanguage')
    const want = document('Attribute', 'user.preferredLanguage', { type: 'string', ...way })
    await apply(database.pool, [change(language, want)])
    await act('add', 'idp/ada', { expires: '2026-06-01' })

    await run('2026-05-31')

    expect(await told()).toMatchObject([{ recipient: 'ada@example.org', subject: 'Vaše členství v astro končí' }])
  })

  it('are not of days before the date was set', async () => {
    await withMembers({ notices })
    await act('add', 'idp/ada', { expires: '2026-01-20' })

    await run('2026-01-12')
    expect(await told()).toEqual([])
    await run('2026-01-13')
    expect(await told()).toMatchObject([{ key: 'before-P7D' }])
  })

  it('go to nobody without a safe address, and to nobody who declined them, until the date is another', async () => {
    await withMembers({ notices, expiration: { extendBy: 'P1Y' } })
    for (const user of ['idp/eve', 'idp/mute', 'idp/bob']) await act('add', user, { expires: '2026-06-01' })
    const input = { vo: 'astro', cause: { actor: 'local/test' }, now: noon('2026-05-01') }
    const decline = (user: string, actor: string) =>
      inTransaction(database.pool, (tx) => declineNotices(tx, { ...input, reason: '', requests: [{ user }], actor }))
    expect(await decline('idp/bob', 'idp/bob')).toEqual([{ user: 'idp/bob', date: '2026-06-01' }])
    await expect(decline('idp/bob', 'idp/eve')).rejects.toMatchObject({ code: 'ACTOR_NOT_ELIGIBLE' })

    await run('2026-05-20')
    expect(await told()).toEqual([])
    const { rows } = await database.pool.query('select distinct untold from notice')
    expect(rows).toEqual([{ untold: 'no-address' }])

    await act('extend', 'idp/bob', { at: '2026-05-21' })
    await run('2027-04-24')
    expect((await told()).map(({ recipient }) => recipient)).toEqual(['bob@example.org'])
  })

  it('go to nobody who will be extended without doing anything', async () => {
    await withMembers({ notices, expiration: { extendBy: 'P1Y', autoExtend: { lastLoginWithin: 'P3M' } } })
    for (const user of ['idp/ada', 'idp/bob']) await act('add', user, { expires: '2026-06-01' })
    const seen = { act: 'seen', reason: '', cause: { actor: 'local/test' }, now: noon('2026-04-01') } as const
    await inTransaction(database.pool, (tx) =>
      store.changeIdentities(tx, { ...seen, requests: [{ identity: 'idp/ada' }] }),
    )

    await run('2026-05-20')

    expect((await told()).map(({ recipient }) => recipient)).toEqual(['bob@example.org'])
  })

  it('that wait are not sent once the membership has another end', async () => {
    await withMembers({ notices, expiration: { extendBy: 'P1Y' } })
    for (const user of ['idp/ada', 'idp/bob']) await act('add', user, { expires: '2026-06-01' })
    await run('2026-05-20')
    await act('extend', 'idp/ada', { at: '2026-05-20' })

    const now = noon('2026-05-20')
    await withMailSender(database.pool, now, async (sender) => {
      const due = await sender.due(now, 10)
      expect(due.map(({ recipient }) => recipient)).toEqual(['bob@example.org'])
      await act('extend', 'idp/bob', { at: '2026-05-20' })
      expect(await sender.begin(due[0]?.id ?? '')).toBe(false)
    })
    const { rows } = await database.pool.query('select state from mail order by id')
    expect(rows).toEqual([{ state: 'overtaken' }, { state: 'queued' }])
  })

  it('are declined for others by whoever may extend them', async () => {
    const membershipManagers = [{ user: 'idp/bob' }]
    await withMembers(
      { membershipManagers },
      document('Group', 'board', { membershipManagers: [{ user: 'idp/eve' }] }, 'astro'),
    )
    await act('add', 'idp/ada', { expires: '2026-06-01' })
    const asked = { requests: [{ user: 'idp/ada', expires: '2026-05-01' }], reason: '' }
    const input = { vo: 'astro', cause: { actor: 'local/test' }, now: noon('2026-03-01') }
    await inTransaction(database.pool, (tx) => actOnMembers(tx, { ...asked, ...input, act: 'add', group: 'board' }))
    const decline = (actor: string, group?: string) =>
      inTransaction(database.pool, (tx) =>
        declineNotices(tx, { ...input, reason: '', requests: [{ user: 'idp/ada' }], actor, group }),
      )

    expect(await decline('idp/bob')).toEqual([{ user: 'idp/ada', date: '2026-06-01' }])
    expect(await decline('idp/eve', 'board')).toEqual([{ user: 'idp/ada', date: '2026-05-01' }])
    await expect(decline('idp/eve')).rejects.toMatchObject({ code: 'ACTOR_NOT_ELIGIBLE' })
  })

  it('are declined for many at once, and who has no end is named while the others are done', async () => {
    await withMembers({ notices })
    await act('add', 'idp/ada', { expires: '2026-06-01' })
    await act('add', 'idp/bob', {})
    const requests = ['idp/ada', 'idp/bob', 'idp/eve', 'idp/bbo', 'idp/ada'].map((user) => ({ user }))
    const input = { vo: 'astro', requests, reason: 'it ends', cause: { actor: 'local/test' }, now: noon('2026-05-01') }

    const answers = await inTransaction(database.pool, (tx) => declineNotices(tx, input))

    const done = { user: 'idp/ada', date: '2026-06-01' }
    expect(answers).toEqual([
      done,
      { user: 'idp/bob', refused: expect.objectContaining({ reason: 'never-expires' }) },
      { user: 'idp/eve', refused: expect.objectContaining({ reason: 'not-a-member' }) },
      {
        user: 'idp/bbo',
        refused: { reason: 'identity-unknown', message: 'nobody has the identity "idp/bbo"; did you mean "idp/bob"?' },
      },
      done,
    ])
    await run('2026-05-20')
    expect(await told()).toEqual([])
  })

  it('that wait are not sent once they are declined', async () => {
    await withMembers({ notices })
    for (const user of ['idp/ada', 'idp/bob']) await act('add', user, { expires: '2026-06-01' })
    await run('2026-05-20')
    const now = noon('2026-05-20')
    const input = { vo: 'astro', cause: { actor: 'local/test' }, now }
    await inTransaction(database.pool, (tx) =>
      declineNotices(tx, { ...input, reason: '', requests: [{ user: 'idp/ada' }] }),
    )

    await withMailSender(database.pool, now, async (sender) => {
      const due = await sender.due(now, 10)
      expect(due.map(({ recipient }) => recipient)).toEqual(['bob@example.org'])
      await inTransaction(database.pool, (tx) =>
        declineNotices(tx, { ...input, reason: '', requests: [{ user: 'idp/bob' }] }),
      )
      expect(await sender.begin(due[0]?.id ?? '')).toBe(false)
    })
    const { rows } = await database.pool.query('select state from mail order by id')
    expect(rows).toEqual([{ state: 'overtaken' }, { state: 'queued' }])
  })

  it('count from the commit that brings them in', async () => {
    await withMembers({})
    await act('add', 'idp/ada', { expires: '2026-06-01' })
    await run('2026-05-20')
    const astro = await stored(database.pool, 'VO', 'astro')
    const written = { ...change(astro, document('VO', 'astro', { notices })), fields: ['notices'] }
    await apply(database.pool, [written], { asOf: noon('2026-05-20') })

    expect(await nextDue(database.pool, 'astro')).toMatchObject({
      kind: 'notice',
      at: new Date('2026-05-24T22:00:00Z'),
    })
  })

  it('say what a Notification document of the VO says, and what we say where that cannot be rendered', async () => {
    const subject = { en: '{{ vo.title }}: {{ membership.daysLeft }} days' }
    const own = document('Notification', 'ending', { event: 'member.expiring', subject }, 'astro')
    const bad = document(
      'Notification',
      'ended',
      { event: 'member.expired', text: { en: '{{ "now" | date }}' } },
      'astro',
    )
    await withMembers({ notices }, own, bad)
    await act('add', 'idp/ada', { expires: '2026-06-01' })

    await run('2026-05-18')
    await run('2026-06-08')

    expect(await told()).toMatchObject([
      { subject: 'astro: 14 days', body: expect.stringContaining('Dear Name of ada') },
      { subject: 'Your membership of astro has ended', body: expect.stringContaining('Dear Name of ada') },
    ])
    expect(broken).toEqual(['member.expired'])
  })
})

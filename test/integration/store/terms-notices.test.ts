import { afterEach, beforeEach, describe, expect, it } from '@jest/globals'
import type { Terms } from '../../../core/model/config-object.ts'
import type { MemberStatus } from '../../../core/model/state.ts'
import * as store from '../../../store/index.ts'
import { createTestDatabase, type TestDatabase } from '../../support/test-database.ts'
import { runAndTell } from './tell.ts'
import { add, apply, change, document, row, stored } from './world.ts'

let database: TestDatabase

beforeEach(async () => {
  database = await createTestDatabase()
})

afterEach(async () => database.drop())

const noon = (day: string): Date => new Date(`${day}T12:00:00Z`)
const notices = { before: ['P7D', 'P1D'] }

function terms(version: string, more: Partial<Terms> = {}): Terms {
  return { version, file: 'terms.md', text: `Terms ${version}`, sha256: `hash of ${version}`, grace: 'P30D', ...more }
}

/** VO astro with ada and bob, who reads Czech, both by git; eve is known. */
async function withMembers(spec: object, ...more: readonly ReturnType<typeof document>[]): Promise<void> {
  await apply(database.pool, [
    add(document('Instance', 'example')),
    add(document('Source', 'idp', { type: 'declared' })),
    add(document('Attribute', 'user.preferredLanguage', { type: 'string' })),
    ...['ada', 'bob', 'eve'].map((login) => {
      const language = login === 'bob' ? { preferredLanguage: 'cs' } : {}
      const attributes = { displayName: `Name of ${login}`, email: `${login}@example.org`, ...language }
      return add(document('User', login, { identities: [`idp/${login}`], attributes }))
    }),
    add(document('VO', 'astro', { notices, ...spec })),
    ...more.map(add),
    row('add', 'astro', 'idp/ada'),
    row('add', 'astro', 'idp/bob'),
  ])
}

async function reach(spec: object, day: string): Promise<void> {
  const astro = await stored(database.pool, 'VO', 'astro')
  const written = { ...change(astro, document('VO', 'astro', { notices, ...spec })), fields: ['terms', 'notices'] }
  await apply(database.pool, [written], { asOf: noon(day) })
}

async function accept(user: string, day: string): Promise<void> {
  const input = { vo: 'astro', requests: [{ user }], reason: '', cause: { actor: 'local/test' }, now: noon(day) }
  await store.inTransaction(database.pool, (tx) => store.acceptTerms(tx, input))
}

async function member(act: 'disable' | 'enable', user: string, day: string): Promise<void> {
  const input = { act, vo: 'astro', requests: [{ user }], reason: '', cause: { actor: 'local/test' }, now: noon(day) }
  const answers = await store.inTransaction(database.pool, (tx) => store.actOnMembers(tx, input))
  expect(answers.filter((answer) => 'refused' in answer)).toEqual([])
}

/** As a commit that gives somebody a status, and whose VO is as it was. */
async function settle(status: MemberStatus, user: string, day: string): Promise<void> {
  const astro = await stored(database.pool, 'VO', 'astro')
  const same = { ...change(astro, document('VO', 'astro', astro.spec)), fields: ['title'] }
  await apply(database.pool, [same], { asOf: noon(day), statuses: [{ vo: 'astro', user, status }] })
}

async function run(...days: readonly string[]): Promise<void> {
  for (const day of days) await runAndTell(database.pool, { vo: 'astro', now: noon(day) })
}

interface Told {
  readonly recipient: string
  readonly subject: string
  readonly body: string
}

async function told(recipient = 'ada'): Promise<readonly Told[]> {
  const { rows } = await database.pool.query<Told>(
    `select split_part(recipient, '@', 1) as recipient, subject, body from mail where recipient = $1 || '@example.org' order by id`,
    [recipient],
  )
  return rows
}

const inNew = `Dear Name of ada,

The last day to accept the terms of astro, version 1, in force since 2026-02-01, is 2026-03-02; without it you have no access from 2026-03-03 on.
To read them: guildhall terms show astro
To accept them: guildhall terms accept astro idp/ada --version 1 --as idp/ada
`

describe('notices of terms', () => {
  it('come when a version has to be accepted and before the grace is over, once each, to who has not accepted', async () => {
    await withMembers({})
    await run('2026-01-31')
    await reach({ terms: terms('1') }, '2026-02-01')

    expect(await store.nextDue(database.pool, 'astro')).toEqual({ kind: 'notice', at: noon('2026-02-01'), count: 2 })
    await run('2026-02-01', '2026-02-02')
    expect(await told()).toEqual([{ recipient: 'ada', subject: 'Terms of astro to accept', body: inNew }])
    expect(await told('bob')).toMatchObject([{ subject: 'Podmínky astro k přijetí' }])
    await accept('idp/bob', '2026-02-03')
    expect(await store.nextDue(database.pool, 'astro')).toEqual({
      ...{ kind: 'notice', at: new Date('2026-02-24T00:00:00Z'), count: 1 },
    })
    await run('2026-02-23', '2026-02-24', '2026-02-24', '2026-03-02', '2026-03-03', '2026-04-01')

    const due = 'The last day to accept the terms of astro is 2026-03-02'
    expect((await told()).map(({ subject }) => subject)).toEqual(['Terms of astro to accept', due, due])
    expect(await told('bob')).toHaveLength(1)
  })

  it('that were missed are one mail, together with those of the end of the membership', async () => {
    await withMembers({ terms: terms('1') })
    const input = {
      vo: 'astro',
      act: 'add',
      reason: '',
      cause: { actor: 'local/test' },
      now: noon('2026-01-05'),
    } as const
    await store.inTransaction(database.pool, (tx) =>
      store.actOnMembers(tx, { ...input, requests: [{ user: 'idp/eve', expires: '2026-02-05' }] }),
    )

    await run('2026-02-03')

    expect(await told()).toMatchObject([{ subject: 'Terms of astro to accept' }])
    const [mail, ...others] = await told('eve')
    expect({ subject: mail?.subject, others }).toEqual({ subject: 'Your membership of astro ends', others: [] })
    expect(mail?.body).toContain('The last day to accept the terms of astro, version 1')
  })

  it('come before an acceptance runs out, once it may be renewed, and before the grace after it is over', async () => {
    await withMembers({ terms: terms('1', { resignEvery: 'P1Y' }), notices: { before: ['P6M', 'P7D'] } })
    await accept('idp/ada', '2026-01-10')
    await accept('idp/bob', '2026-01-10')

    await run('2026-07-10', '2026-10-10', '2027-01-02')
    expect(await told()).toEqual([])
    await run('2027-01-03')
    await accept('idp/bob', '2027-01-04')
    await run('2027-02-02', '2027-03-01')

    expect(await told()).toMatchObject([
      {
        subject: 'The last day to accept the terms of astro is 2027-02-08',
        body: expect.stringContaining('Your acceptance of the terms of astro counts before 2027-01-10 only.\n'),
      },
      { subject: 'The last day to accept the terms of astro is 2027-02-08' },
    ])
    expect(await told('bob')).toHaveLength(1)
  })

  it('are for each version, and those that wait are not sent once it is accepted or another one is in force', async () => {
    await withMembers({ terms: terms('1') })
    await run('2026-01-06')
    await accept('idp/ada', '2026-01-06')
    const due = async (): Promise<string[]> =>
      (await store.withMailSender(database.pool, noon('2026-01-07'), async (sender) =>
        (await sender.due(noon('2026-01-07'), 10)).map(({ recipient }) => recipient),
      )) ?? []

    expect(await due()).toEqual(['bob@example.org'])
    await reach({ terms: terms('2') }, '2026-01-06')
    expect(await due()).toEqual([])
    await run('2026-01-07')
    expect(await due()).toEqual(['ada@example.org', 'bob@example.org'])
    expect((await told()).at(-1)?.body).toContain('version 2, in force since 2026-01-06')
  })

  it.each([
    { day: '2026-02-10', text: inNew },
    { day: '2026-05-10', text: expect.stringContaining('You have no access until you accept the terms of astro') },
  ])('come to who comes back on $day, where a version came meanwhile', async ({ day, text }) => {
    await withMembers({})
    await run('2026-01-31')
    await member('disable', 'idp/ada', '2026-01-31')
    await reach({ terms: terms('1') }, '2026-02-01')
    await run('2026-02-01')
    expect(await told()).toEqual([])

    await member('enable', 'idp/ada', day)
    await run(day)
    await member('disable', 'idp/ada', day)
    await member('enable', 'idp/ada', day)
    await run(day)

    expect(await told()).toEqual([{ recipient: 'ada', subject: 'Terms of astro to accept', body: text }])
  })

  it('come to whom a commit brings back, where a version came meanwhile', async () => {
    await withMembers({})
    await settle('EXPIRED', 'idp/ada', '2026-01-31')
    await reach({ terms: terms('1') }, '2026-02-01')
    await run('2026-02-01')
    expect(await told()).toEqual([])

    await settle('VALID', 'idp/ada', '2026-02-10')
    await run('2026-02-10')

    expect(await told()).toMatchObject([{ body: inNew }])
  })

  it('that were overtaken come to who comes back in time', async () => {
    await withMembers({ terms: terms('1') })
    const due = async (day: string): Promise<string[] | undefined> =>
      store.withMailSender(database.pool, noon(day), async (sender) =>
        (await sender.due(noon(day), 10)).map(({ recipient }) => recipient),
      )
    await run('2026-01-06')
    await member('disable', 'idp/ada', '2026-01-07')
    expect(await due('2026-01-07')).toEqual(['bob@example.org'])

    await member('enable', 'idp/ada', '2026-01-08')
    await run('2026-01-08')

    expect(await due('2026-01-08')).toEqual(['ada@example.org', 'bob@example.org'])
  })

  it('say to who has no time left that there is no access without it', async () => {
    await withMembers({})
    await reach({ terms: terms('1', { grace: 'P0D' }) }, '2026-02-01')

    await run('2026-02-01')

    expect(await told()).toMatchObject([
      { body: expect.stringContaining('You have no access until you accept the terms of astro, version 1') },
    ])
  })

  it('are given by the texts of the VO, and to nobody where it gives none', async () => {
    const text = { en: '{{ terms.version }} before {{ terms.acceptBy }}: https://vo.example.org/terms' }
    await withMembers({ terms: terms('1') }, document('Notification', 'terms', { event: 'terms.new', text }, 'astro'))
    await run('2026-01-05')
    expect(await told()).toMatchObject([{ body: '1 before 2026-02-04: https://vo.example.org/terms' }])

    await reach({ notices: undefined, terms: terms('2') }, '2026-03-01')
    await run('2026-04-01')
    expect(await told()).toHaveLength(1)
  })
})

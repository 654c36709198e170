import { afterEach, beforeEach, describe, expect, it } from '@jest/globals'
import { renderTemplate } from '../../../connectors/templates.ts'
import * as store from '../../../store/index.ts'
import type { SponsorAct, SponsorOn } from '../../../store/index.ts'
import { somebodyWaits } from '../../support/somebody-waits.ts'
import { createTestDatabase, type TestDatabase } from '../../support/test-database.ts'
import { runAndTell, tell } from './tell.ts'
import { add, apply, change, document, stored } from './world.ts'

let database: TestDatabase

beforeEach(async () => {
  database = await createTestDatabase()
})

afterEach(async () => database.drop())

const noon = (day: string): Date => new Date(`${day}T12:00:00Z`)
const notices = { before: ['P7D', 'P1D'], after: ['P7D'] }
const [ada, bob, guest, visitor] = ['idp/ada', 'idp/bob', 'idp/guest', 'idp/visitor'] as const
const sponsors = [{ user: ada }, { user: bob }]

/** VO astro whose sponsors are ada, and bob, who reads Czech; guests guest and visitor. */
async function withSponsors(
  spec: object = { notices },
  ...more: readonly ReturnType<typeof document>[]
): Promise<void> {
  await apply(database.pool, [
    add(document('Instance', 'example')),
    add(document('Source', 'idp', { type: 'declared' })),
    add(document('Attribute', 'user.preferredLanguage', { type: 'string' })),
    ...[ada, bob, guest, visitor].map((identity) => {
      const login = identity.slice(4)
      const language = identity === bob ? { preferredLanguage: 'cs' } : {}
      const attributes = { displayName: `Name of ${login}`, email: `${login}@example.org`, ...language }
      return add(document('User', login, { identities: [identity], attributes }))
    }),
    add(document('VO', 'astro', { sponsors, ...spec })),
    ...more.map(add),
  ])
}

async function sponsor(act: SponsorAct, day: string, ...requests: readonly SponsorOn[]): Promise<void> {
  const input = { act, vo: 'astro', requests, reason: '', cause: { actor: 'local/test' }, now: noon(day) }
  const answers = await store.inTransaction(database.pool, (tx) => store.changeSponsors(tx, input))
  expect(answers.filter((answer) => 'refused' in answer)).toEqual([])
}

async function run(...days: readonly string[]): Promise<void> {
  for (const day of days) await runAndTell(database.pool, { vo: 'astro', now: noon(day) })
}

interface Told {
  readonly recipient: string
  readonly subject: string
  readonly body: string
}

async function told(recipient?: string): Promise<readonly Told[]> {
  const { rows } = await database.pool.query<Told>(
    `select split_part(recipient, '@', 1) as recipient, subject, body from mail
     where $1::text is null or recipient = $1 || '@example.org' order by id`,
    [recipient ?? null],
  )
  return rows
}

/** Sends what waits, as the one who sends mail does; to whom, of what. */
async function send(day: string): Promise<string[] | undefined> {
  return store.withMailSender(database.pool, noon(day), async (sender) => {
    const sent: string[] = []
    for (const { id, recipient, subject } of await sender.due(noon(day), 100)) {
      if (!(await sender.begin(id))) continue
      await sender.end({ id, state: 'sent', reply: '250', at: noon(day) })
      sent.push(`${recipient}: ${subject}`)
    }
    return sent
  })
}

/** From a day on, these people are the sponsors of astro. */
async function nameSponsors(named: readonly { readonly user: string }[], day: string): Promise<void> {
  const astro = await stored(database.pool, 'VO', 'astro')
  await apply(database.pool, [change(astro, document('VO', 'astro', { sponsors: named, notices }))], {
    asOf: noon(day),
  })
  await run(day)
}

describe('notices to sponsors', () => {
  it('come before and after the end of a guest, once each, and the guest has their own', async () => {
    await withSponsors()
    await sponsor('add', '2026-01-10', { user: guest, sponsor: ada, until: '2026-06-01' })

    expect(await store.nextDue(database.pool, 'astro')).toEqual({
      ...{ kind: 'notice', at: new Date('2026-05-25T00:00:00Z'), count: 2 },
    })
    await run('2026-05-24', '2026-05-25', '2026-05-25', '2026-05-31', '2026-06-08', '2026-06-09')

    expect(await told('ada')).toEqual([
      {
        ...{ recipient: 'ada', subject: 'A guest of yours in astro leaves' },
        body: `Dear Name of ada,

Guests of yours in astro leave or have left; the last day of each:
- Name of guest (idp/guest): 2026-05-31; to let them stay: guildhall sponsor add astro idp/guest --as idp/ada
`,
      },
      { ...{ recipient: 'ada', subject: 'A guest of yours in astro leaves' }, body: expect.any(String) },
      { ...{ recipient: 'ada', subject: 'A guest of yours in astro has left' }, body: expect.any(String) },
    ])
    expect((await told('guest')).map(({ subject }) => subject)).toEqual([
      ...['Your membership of astro ends', 'Your membership of astro ends', 'Your membership of astro has ended'],
    ])
  })

  it('of several guests, and of the own membership, are one mail in the language of the sponsor', async () => {
    await withSponsors()
    await sponsor(
      'add',
      '2026-01-10',
      ...[guest, visitor].map((user) => ({ user, sponsor: bob, until: '2026-06-01' })),
      { user: bob, sponsor: ada, until: '2026-06-02' },
    )

    await run('2026-05-27')

    expect(await told('bob')).toMatchObject([
      {
        subject: 'Vaše členství v astro končí',
        body: expect.stringContaining('- Name of guest (idp/guest): 2026-05-31;'),
      },
    ])
    expect(await told('ada')).toMatchObject([{ body: expect.stringContaining('- Name of bob (idp/bob): 2026-06-01;') }])
  })

  it('go to nobody where the VO gives none, and not where somebody or something else holds the guest longer', async () => {
    await withSponsors()
    await sponsor('add', '2026-01-10', { user: guest, sponsor: ada, until: '2026-06-01' })
    await sponsor('add', '2026-01-10', { user: guest, sponsor: bob, until: '2026-09-01' })
    await sponsor('add', '2026-01-10', { user: visitor, sponsor: ada, until: '2026-06-01' })
    const astro = await stored(database.pool, 'VO', 'astro')
    await apply(database.pool, [{ ...change(astro, document('VO', 'astro', { sponsors })), fields: ['notices'] }])

    await run('2026-05-25')
    expect(await told()).toEqual([])

    await apply(
      database.pool,
      [{ ...change(astro, document('VO', 'astro', { sponsors, notices })), fields: ['notices'] }],
      { asOf: noon('2026-05-26') },
    )
    await run('2026-05-31')
    expect((await told()).map(({ recipient }) => recipient).sort()).toEqual(['ada', 'visitor'])
    expect(await told('ada')).toMatchObject([{ body: expect.not.stringContaining('idp/guest') }])
  })

  it('that wait are not sent once the guest has another end, or another sponsor', async () => {
    await withSponsors()
    await sponsor('add', '2026-01-10', { user: guest, sponsor: ada, until: '2026-06-01' })
    await run('2026-05-25')
    await sponsor('transfer', '2026-05-25', { user: guest, sponsor: ada, to: bob })

    await store.withMailSender(database.pool, noon('2026-05-26'), async (sender) => {
      const due = await sender.due(noon('2026-05-26'), 10)
      expect(due.map(({ recipient }) => recipient)).toEqual(['guest@example.org'])
    })
  })
})

describe('the countdown of a guest', () => {
  const gone = { sponsors: [{ user: bob }], notices }

  it('is told to the guest and to the sponsor who is named no more, when it begins, and once', async () => {
    await withSponsors()
    await sponsor('add', '2026-01-10', { user: guest, sponsor: ada, until: '2026-12-01' })
    const astro = await stored(database.pool, 'VO', 'astro')
    await apply(database.pool, [change(astro, document('VO', 'astro', gone))], { asOf: noon('2026-02-01') })

    await run('2026-02-01', '2026-02-01', '2026-02-02')

    expect(await told('ada')).toMatchObject([
      {
        subject: 'A guest of yours in astro has no sponsor any more',
        body: `Dear Name of ada,

Guests of yours in astro leave or have left; the last day of each:
- Name of guest (idp/guest): 2026-03-02; you answer for them no more, but somebody else may: guildhall sponsor transfer idp/ada SPONSOR idp/guest --vo astro
`,
      },
    ])
    expect(await told('guest')).toMatchObject([
      {
        subject: 'Nobody answers for you in astro any more',
        body: expect.stringContaining('the last day of your membership of astro is 2026-03-02'),
      },
    ])
    expect(await told('bob')).toEqual([])
  })

  it('is told where a sponsor withdraws, though nothing else is due', async () => {
    await withSponsors()
    await sponsor('add', '2026-01-10', { user: guest, sponsor: ada })
    expect(await store.nextDue(database.pool, 'astro')).toEqual({ at: undefined, count: 0 })
    await sponsor('remove', '2026-02-01', { user: guest, sponsor: ada })

    expect(await store.nextDue(database.pool, 'astro')).toEqual({ kind: 'notice', at: noon('2026-02-01'), count: 2 })
    await run('2026-02-01')

    expect((await told()).map(({ recipient }) => recipient).sort()).toEqual(['ada', 'guest'])
    expect(await store.nextDue(database.pool, 'astro')).toMatchObject({ at: new Date('2026-02-24T00:00:00Z') })
    await sponsor('add', '2026-02-02', { user: guest, sponsor: bob })
    await run('2026-03-20')
    expect((await told()).map(({ recipient }) => recipient).sort()).toEqual(['ada', 'guest'])
  })

  it('is not told to the guest any more once the sponsor is there again, though the end is the same', async () => {
    await withSponsors()
    await sponsor('add', '2026-01-10', { user: guest, sponsor: ada, until: '2026-02-15' })
    await run('2026-02-01')
    await nameSponsors([{ user: bob }], '2026-02-01')
    expect((await told()).map(({ recipient }) => recipient).sort()).toEqual(['ada', 'guest'])
    await nameSponsors(sponsors, '2026-02-02')

    expect(await send('2026-02-02')).toEqual([])

    await run('2026-02-08')
    expect(await send('2026-02-08')).toEqual([
      'ada@example.org: A guest of yours in astro leaves',
      'guest@example.org: Your membership of astro ends',
    ])
  })

  it('is told where it begins again, though the mails of the first one were never sent', async () => {
    await withSponsors()
    await sponsor('add', '2026-01-10', { user: guest, sponsor: ada, until: '2027-06-01' })
    await run('2026-02-01')
    await nameSponsors([{ user: bob }], '2026-02-01')
    await nameSponsors(sponsors, '2026-02-01')
    expect(await send('2026-02-01')).toEqual([])

    await nameSponsors([{ user: bob }], '2026-02-01')

    const mails = [
      'ada@example.org: A guest of yours in astro has no sponsor any more',
      'guest@example.org: Nobody answers for you in astro any more',
    ]
    expect((await send('2026-02-01'))?.sort()).toEqual(mails)
    await nameSponsors(sponsors, '2026-02-01')
    await nameSponsors([{ user: bob }], '2026-02-01')
    expect(await send('2026-02-02')).toEqual([])
  })

  it('is told once where two tell at the same time, and another one begins meanwhile', async () => {
    await withSponsors()
    for (const user of [guest, visitor]) await sponsor('add', '2026-01-10', { user, sponsor: ada })
    await sponsor('remove', '2026-02-01', { user: guest, sponsor: ada })
    const telling = { vo: 'astro', now: noon('2026-02-01') }

    const seconds: Promise<void>[] = []
    const render: typeof renderTemplate = async (template, tags) => {
      if (seconds.length === 0) {
        await sponsor('remove', '2026-02-01', { user: visitor, sponsor: ada })
        seconds.push(tell(database.pool, telling))
        await Promise.race([seconds[0], somebodyWaits(database.pool)])
      }
      return renderTemplate(template, tags)
    }
    await tell(database.pool, { ...telling, render })
    await Promise.all(seconds)

    expect((await told('ada')).map(({ body }) => body.match(/idp\/(guest|visitor)\)/g))).toEqual([
      ['idp/guest)'],
      ['idp/visitor)'],
    ])
  })

  it('is told by the texts of the VO', async () => {
    const text = {
      en: '{% for guest in guests %}{{ guest.name }}{{ guest.identity }} {{ guest.isCountdown }}{% endfor %}',
    }
    const subject = { en: '{{ vo.title }}: find another sponsor before {{ membership.expires }}' }
    await withSponsors(
      { notices },
      document('Notification', 'gone', { event: 'guest.countdown', text }, 'astro'),
      document('Notification', 'left', { event: 'sponsor.left', subject }, 'astro'),
    )
    await sponsor('add', '2026-01-10', { user: guest, sponsor: ada })
    await sponsor('remove', '2026-02-01', { user: guest, sponsor: ada })

    await run('2026-02-01')

    expect(await told('ada')).toMatchObject([{ body: 'idp/guest true' }])
    expect(await told('guest')).toMatchObject([{ subject: 'astro: find another sponsor before 2026-03-03' }])
  })
})

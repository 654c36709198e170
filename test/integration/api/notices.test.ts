import { afterAll, beforeAll, describe, expect, it, jest } from '@jest/globals'
import { actOnMembers, inTransaction } from '../../../store/index.ts'
import { startSmtp, type TestSmtp } from '../../support/smtp.ts'
import { sendMails } from '../store/send-mails.ts'
import { runAndTell } from '../store/tell.ts'
import { add, apply, document } from '../store/world.ts'
import { onApi } from './on-api.ts'

jest.setTimeout(60_000)

const api = onApi()
const noon = (day: string): Date => new Date(`${day}T12:00:00Z`)
const notices = { before: ['P7D', 'P1D'], after: ['P0D'] }

interface End {
  readonly on: string
  readonly groups?: readonly string[]
  readonly at?: string
  readonly act?: 'add' | 'expires'
}

/** Lets memberships of the VO, and of groups of it, end on a day. */
async function ends(user: string, { on: expires, groups = [], at = '2026-01-10', act = 'add' }: End): Promise<void> {
  for (const group of [undefined, ...groups]) {
    const place = { vo: 'astro', ...(group !== undefined && { group }) }
    const input = { ...place, act, reason: '', cause: { actor: 'local/test' }, now: noon(at) } as const
    await inTransaction(api.database().pool, (tx) => actOnMembers(tx, { ...input, requests: [{ user, expires }] }))
  }
}

describe('declining notices by the API', () => {
  let smtp: TestSmtp
  beforeAll(async () => {
    smtp = await startSmtp()
    await apply(api.database().pool, [
      add(document('Instance', 'example')),
      add(document('Source', 'idp', { type: 'declared' })),
      ...['ada', 'bob', 'eve'].map((login) =>
        add(
          document('User', login, {
            ...{ identities: [`idp/${login}`], attributes: { email: `${login}@example.org` } },
          }),
        ),
      ),
      add(document('VO', 'astro', { notices })),
      ...['board', 'club'].map((group) => add(document('Group', group, { notices }, 'astro'))),
    ])
  })
  afterAll(async () => smtp.close())

  /** What came to an address by now. */
  async function mailsTo(login: string, day: string): Promise<readonly string[]> {
    const now = noon(day)
    await runAndTell(api.database().pool, { vo: 'astro', now })
    await sendMails(api.database().pool, smtp, now)
    return smtp.taken
      .filter(({ recipient }) => recipient === `${login}@example.org`)
      .map(({ content }) => content.replace(/=\r?\n/g, ''))
  }

  function keyIn(mail: string | undefined): string {
    const keys = [...(mail ?? '').matchAll(/notices decline astro\S* --key ([0-9a-f]{40})\b/g)].map(([, key]) => key)
    const [key = '', ...others] = [...new Set(keys)]
    expect(others).toEqual([])
    return key
  }

  it('takes the key of the mail, of each end that it tells of once, and no other mail of them comes', async () => {
    await ends('idp/ada', { on: '2026-02-05', groups: ['board', 'club'] })
    const key = keyIn((await mailsTo('ada', '2026-02-01'))[0])
    const { rows: kept } = await api
      .database()
      .pool.query<{ text: string }>(
        `select to_jsonb(m)::text as text from mail m where text(to_jsonb(m)) like '%' || $1 || '%'`,
        [key],
      )

    const got = await api.askOutside(`/notices/decline?key=${key}`)
    const ofNothing = await api.askOutside('/notices/decline', { body: { key, group: 'board' } })
    const elsewhere = await api.askOutside('/notices/decline', { body: { key, vo: 'astro', group: 'nowhere' } })
    const board = await api.askOutside('/notices/decline', { body: { key, vo: 'astro', group: 'board' } })
    const others = await api.askOutside('/notices/decline', { body: { key, reason: 'I leave' } })
    const again = await api.askOutside('/notices/decline', { body: { key } })
    const wrong = await api.askOutside('/notices/decline', { body: { key: 'f'.repeat(40) } })

    expect([kept, got.status, ofNothing.status, elsewhere.status]).toEqual([[], 405, 400, 403])
    const date = '2026-02-05'
    expect(board).toMatchObject({
      ...{ status: 200, body: { user: 'idp/ada', declined: [{ vo: 'astro', group: 'board', date }] } },
    })
    expect(others.body).toEqual({
      user: 'idp/ada',
      declined: [
        { vo: 'astro', group: null, date },
        { vo: 'astro', group: 'club', date },
      ],
    })
    expect([again.status, again.body]).toEqual([403, wrong.body])
    expect(again.body).toMatchObject({ error: { code: 'KEY_REFUSED' } })
    expect(await mailsTo('ada', '2026-02-05')).toHaveLength(1)
    const { rows } = await api
      .database()
      .pool.query(`select actor, authentication from event where kind = 'Notice' and action = 'decline'`)
    expect(rows).toEqual(Array.from({ length: 3 }, () => ({ actor: 'person:1', authentication: 'key' })))
  })

  it('takes no key of an end that is another one by now', async () => {
    await ends('idp/bob', { on: '2026-02-20' })
    const older = keyIn((await mailsTo('bob', '2026-02-13'))[0])
    await ends('idp/bob', { on: '2026-02-28', at: '2026-02-13', act: 'expires' })
    const newer = keyIn((await mailsTo('bob', '2026-02-21'))[1])

    expect(await api.askOutside('/notices/decline', { body: { key: older } })).toMatchObject({ status: 403 })
    expect(await api.askOutside('/notices/decline', { body: { key: newer } })).toMatchObject({
      ...{ status: 200, body: { declined: [{ date: '2026-02-28' }] } },
    })
  })

  it('lets the operator decline for people, who are refused one by one', async () => {
    await ends('idp/eve', { on: '2026-02-05' })
    const asked = { vo: 'astro', people: [{ user: 'idp/eve' }, { user: 'idp/nobody' }] }

    const declined = await api.ask('/notices/decline-for', asked)
    const byHerself = await api.ask('/notices/decline-for', {
      vo: 'astro',
      people: [{ user: 'idp/eve' }],
      as: 'idp/eve',
    })
    const forOthers = await api.ask('/notices/decline-for', {
      vo: 'astro',
      people: [{ user: 'idp/bob' }],
      as: 'idp/eve',
    })
    const outside = await api.askOutside('/notices/decline-for', { body: asked })

    expect([byHerself.status, forOthers.status, outside.status]).toEqual([200, 403, 401])
    expect(declined).toMatchObject({
      status: 200,
      body: { notices: [{ user: 'idp/eve', date: '2026-02-05' }, { refused: { reason: 'identity-unknown' } }] },
    })
  })
})

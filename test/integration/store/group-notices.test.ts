import { afterEach, beforeEach, describe, expect, it } from '@jest/globals'
import * as store from '../../../store/index.ts'
import { createTestDatabase, type TestDatabase } from '../../support/test-database.ts'
import { runAndTell } from './tell.ts'
import { add, apply, document, row } from './world.ts'

let database: TestDatabase

beforeEach(async () => {
  database = await createTestDatabase()
})

afterEach(async () => database.drop())

const noon = (day: string): Date => new Date(`${day}T12:00:00Z`)
const notices = { before: ['P7D'], after: ['P0D'] }

/** VO astro with groups board and club that give notices; ada is in the VO, and in club by git. */
async function withGroups(spec: object = {}, ...more: readonly ReturnType<typeof document>[]): Promise<void> {
  await apply(database.pool, [
    add(document('Instance', 'example')),
    add(document('Source', 'idp', { type: 'declared' })),
    add(
      document('User', 'ada', {
        identities: ['idp/ada'],
        attributes: { displayName: 'Ada', email: 'ada@example.org' },
      }),
    ),
    add(document('VO', 'astro', spec)),
    add({ ...document('Group', 'board', { notices }, 'astro'), title: 'The board' }),
    add(document('Group', 'club', { notices }, 'astro')),
    ...more.map(add),
  ])
  await act('add', undefined, { expires: null })
}

async function act(
  what: 'add' | 'expires',
  group: string | undefined,
  { expires, at = '2026-01-10' }: { readonly expires: string | null; readonly at?: string },
): Promise<void> {
  const input = { vo: 'astro', act: what, reason: '', cause: { actor: 'local/test' }, now: noon(at) } as const
  const where = group === undefined ? {} : { group }
  const requests = [{ user: 'idp/ada', expires }]
  await store.inTransaction(database.pool, (tx) => store.actOnMembers(tx, { ...input, ...where, requests }))
}

/** Lets the clock come so far and tells people, as the activity does. */
async function run(day: string): Promise<void> {
  await runAndTell(database.pool, { vo: 'astro', now: noon(day) })
}

async function told(): Promise<readonly { readonly subject: string; readonly body: string }[]> {
  const { rows } = await database.pool.query<{ subject: string; body: string }>(
    'select subject, body from mail order by id',
  )
  return rows
}

describe('notices of the end of a membership of a group', () => {
  it('come before and after it, once each, and tell which groups', async () => {
    await withGroups()
    await act('add', 'board', { expires: '2026-06-01' })

    expect(await store.nextDue(database.pool, 'astro')).toEqual({
      ...{ kind: 'notice', at: new Date('2026-05-25T00:00:00Z'), count: 1 },
    })
    for (const day of ['2026-05-24', '2026-05-25', '2026-05-26', '2026-06-01', '2026-06-02']) await run(day)

    const of =
      'Your membership of these groups of astro ends or has ended; the last day of each:\n- The board: 2026-05-31; no more of these mails: guildhall notices decline astro/board --key GUILDHALL-ONE-TIME-KEY\n'
    expect(await told()).toEqual([
      { subject: 'Your membership of a group of astro ends', body: `Dear Ada,\n\n${of}` },
      { subject: 'Your membership of a group of astro has ended', body: `Dear Ada,\n\n${of}` },
    ])
  })

  it('of several groups and of the VO are one mail', async () => {
    await withGroups({ notices })
    await act('expires', undefined, { expires: '2026-06-01' })
    await act('add', 'board', { expires: '2026-06-01' })
    await act('add', 'club', { expires: '2026-06-01' })

    await run('2026-05-25')

    const [mail, ...others] = await told()
    expect({ subject: mail?.subject, others }).toEqual({ subject: 'Your membership of astro ends', others: [] })
    expect(mail?.body).toMatch(/- The board: 2026-05-31; .*\n- club: 2026-05-31; /)
  })

  it('are given by the texts of the VO, which may name the groups themselves', async () => {
    const text = { en: '{% for group in groups %}{{ group.name }} until {{ group.lastDay }}{% endfor %}' }
    await withGroups({}, document('Notification', 'ending', { event: 'group.expiring', text }, 'astro'))
    await act('add', 'board', { expires: '2026-06-01' })

    await run('2026-05-25')

    expect(await told()).toMatchObject([{ body: 'board until 2026-05-31' }])
  })

  it('are not given where the membership has another end by now, or none, and the others are told all the same', async () => {
    await withGroups()
    await act('add', 'board', { expires: '2026-06-01' })
    await act('add', 'club', { expires: '2026-06-01' })
    await run('2026-05-25')
    await act('expires', 'board', { expires: '2026-09-01', at: '2026-05-25' })

    await store.withMailSender(database.pool, noon('2026-05-26'), async (sender) => sender.due(noon('2026-05-26'), 10))
    expect((await store.readWakes(database.pool)).vos).toContain('astro')
    await run('2026-05-26')

    const { rows } = await database.pool.query('select state, body from mail order by id')
    expect(rows).toMatchObject([
      { state: 'overtaken' },
      { state: 'queued', body: expect.stringContaining('- club: 2026') },
    ])
    expect(rows[1]).not.toMatchObject({ body: expect.stringContaining('The board') })
  })

  it('are not given to who declined them, until there is another date; those of the VO and of other groups are', async () => {
    await withGroups({ notices })
    await act('expires', undefined, { expires: '2026-06-01' })
    for (const group of ['board', 'club']) await act('add', group, { expires: '2026-06-01' })
    const input = {
      vo: 'astro',
      requests: [{ user: 'idp/ada' }],
      reason: '',
      cause: { actor: 'idp/ada' },
      actor: 'idp/ada',
      now: noon('2026-05-01'),
    }
    const decline = (group: string) =>
      store.inTransaction(database.pool, (tx) => store.declineNotices(tx, { ...input, group }))

    expect(await decline('board')).toEqual([{ user: 'idp/ada', date: '2026-06-01' }])
    await expect(decline('nowhere')).rejects.toMatchObject({ code: 'OBJECT_UNKNOWN' })
    await run('2026-05-25')
    expect(await told()).toMatchObject([
      { subject: 'Your membership of astro ends', body: expect.stringMatching(/- club: [^]*$/) },
    ])
    expect((await told())[0]?.body).not.toContain('The board')

    await act('expires', undefined, { expires: null, at: '2026-05-25' })
    await act('expires', 'board', { expires: '2026-07-01', at: '2026-05-25' })
    await run('2026-06-24')
    expect((await told()).at(-1)?.body).toContain('- The board: 2026-06-30;')
    await act('expires', 'board', { expires: null, at: '2026-06-24' })
    expect(await decline('board')).toMatchObject([{ refused: { reason: 'never-expires' } }])
  })

  it('that wait are not sent once one of them is declined, and the others are told all the same', async () => {
    await withGroups()
    for (const group of ['board', 'club']) await act('add', group, { expires: '2026-06-01' })
    await run('2026-05-25')
    const board = { vo: 'astro', group: 'board', requests: [{ user: 'idp/ada' }], reason: '' }
    const input = { ...board, cause: { actor: 'idp/ada' }, now: noon('2026-05-25') }
    await store.inTransaction(database.pool, (tx) => store.declineNotices(tx, input))

    await store.withMailSender(database.pool, noon('2026-05-26'), async (sender) => sender.due(noon('2026-05-26'), 10))
    await run('2026-05-26')

    const { rows } = await database.pool.query('select state, body from mail order by id')
    expect(rows).toMatchObject([
      { state: 'overtaken' },
      { state: 'queued', body: expect.stringContaining('- club: 2026') },
    ])
    expect(rows[1]).not.toMatchObject({ body: expect.stringContaining('The board') })
  })

  it('are not given to whom git keeps in the group', async () => {
    await withGroups()
    await act('add', 'club', { expires: '2026-06-01' })
    await apply(database.pool, [row('add', 'astro/club', 'idp/ada')])

    await run('2026-06-20')

    expect(await told()).toEqual([])
  })
})

import { afterEach, beforeEach, describe, expect, it } from '@jest/globals'
import type { Finding } from '../../../core/model/finding.ts'
import {
  actOnMembers,
  changeAccounts,
  changeIdentities,
  changeSponsors,
  eraseUsers,
  freeze,
  inTransaction,
  listAccounts,
  resendMails,
  startRun,
  type EraseAnswer,
} from '../../../store/index.ts'
import { writeValues } from '../../../store/changes/values/write-values.ts'
import { somebodyWaits } from '../../support/somebody-waits.ts'
import { createTestDatabase, type TestDatabase } from '../../support/test-database.ts'
import { runAndTell } from './tell.ts'
import { add, apply, document, smallWorld } from './world.ts'

let database: TestDatabase

beforeEach(async () => {
  database = await createTestDatabase()
  await apply(database.pool, [...smallWorld(), add(document('VO', 'bio'))])
  await join('astro', zed)
})

afterEach(async () => database.drop())

const now = new Date('2026-01-05T10:00:00Z')
const cause = { actor: 'local/test' }
const zed = 'idp/zed'

async function join(vo: string, user: string): Promise<void> {
  const input = { vo, act: 'add', reason: '', cause, now, requests: [{ user }] } as const
  await inTransaction(database.pool, (tx) => actOnMembers(tx, input))
}

async function erase(...users: readonly string[]): Promise<EraseAnswer[]> {
  return inTransaction(database.pool, (tx) => eraseUsers(tx, { users, reason: 'request 7', cause, now }))
}

async function select(sql: string): Promise<readonly unknown[]> {
  return (await database.pool.query({ text: sql, rowMode: 'array' })).rows
}

async function call(attributes: Readonly<Record<string, string>>, user = zed): Promise<void> {
  const { rows } = await database.pool.query<{ id: number }>('select person_id as id from identity where ref = $1', [
    user,
  ])
  const values = rows.flatMap(({ id }) =>
    Object.entries(attributes).map(([name, value]) => ({ attribute: `user.${name}`, subject: id, object: 0, value })),
  )
  await inTransaction(database.pool, (tx) => writeValues(tx, { values, origin: 'manager' }))
}

const finding: Finding = {
  severity: 'error',
  code: 'duplicate',
  message: 'User "u1" has the login of "idp/zed", 1 of 2\nidp/zed, the message says',
  at: { file: 'of/message.yaml', line: 1, column: 1 },
}

/** Writes of others, some of which name the one who is to be erased. */
async function writeOfOthers(): Promise<void> {
  const { pool } = database
  await startRun(pool, { commit: 'c0ffee', findings: [finding], at: now })
  const frozen = { by: 'clock', reason: 'one of 2, the message of idp/zed\nidp/zed, idp/grace', at: now }
  await inTransaction(pool, (tx) => freeze(tx, { scope: 'vo:astro', ...frozen }))
}

const readWritten = async (): Promise<unknown> => [
  ...(await select('select findings from reconcile_run')),
  ...(await select('select by, reason from frozen')),
]

describe('erasing somebody', () => {
  it.each([
    { called: 'a number', attributes: { displayName: '1', login: '2026' } },
    { called: 'a word of JSON', attributes: { displayName: 'true', login: 'line' } },
    { called: 'a code of ours', attributes: { displayName: 'duplicate', login: 'clock' } },
    { called: 'a short word', attributes: { displayName: 'of', login: 'one' } },
    { called: 'nothing but signs', attributes: { displayName: '    ', login: '::::' } },
    { called: 'as somebody else is', attributes: { displayName: 'idp/grace', email: 'of' } },
  ])('who is called $called changes nothing but what names them', async ({ attributes }) => {
    await writeOfOthers()
    await call(attributes)

    expect(await erase(zed)).toMatchObject([{ erased: true }])

    expect(await readWritten()).toEqual([
      [[{ ...finding, message: 'User "u1" has the login of "erased", 1 of 2\nerased, the message says' }]],
      ['clock', 'one of 2, the message of erased\nerased, idp/grace'],
    ])
  })

  it('takes a name out of what was written for people, and out of nothing else', async () => {
    await writeOfOthers()
    await call({ displayName: 'message', login: 'says' })

    await erase(zed)

    expect(await readWritten()).toEqual([
      [[{ ...finding, message: 'User "u1" has the login of "erased", 1 of 2\nerased, the erased erased' }]],
      ['clock', 'one of 2, the erased of erased\nerased, idp/grace'],
    ])
  })

  it('takes a short name out where it is all that was written', async () => {
    await call({ displayName: 'Al' })
    await inTransaction(database.pool, (tx) => freeze(tx, { scope: 'vo:astro', by: 'Al', reason: 'Al', at: now }))
    await inTransaction(database.pool, (tx) => freeze(tx, { scope: 'vo:bio', by: 'Alf', reason: 'Al et al.', at: now }))

    await erase(zed)

    expect(await select('select by, reason from frozen order by scope')).toEqual([
      ['erased', 'erased'],
      ['Alf', 'Al et al.'],
    ])
  })

  it('leaves alone what others say who share the address', async () => {
    await call({ email: 'desk@example.org' })
    const grace = await database.pool.query<{ id: number }>(
      `select person_id as id from identity where ref = 'idp/grace'`,
    )
    const values = grace.rows.map(({ id }) => ({
      attribute: 'user.email',
      subject: id,
      object: 0,
      value: 'desk@example.org',
    }))
    await inTransaction(database.pool, (tx) => writeValues(tx, { values, origin: 'manager' }))
    await inTransaction(database.pool, (tx) =>
      freeze(tx, { scope: 'vo:astro', by: 'clock', reason: 'ask desk@example.org', at: now }),
    )

    await erase(zed)

    expect(await select('select reason from frozen')).toEqual([['ask desk@example.org']])
  })

  it('waits for acts that make them members elsewhere, and ends those memberships too', async () => {
    for (const other of ['idp/u1', 'idp/u2']) await join('bio', other)
    const input = { vo: 'bio', act: 'add', reason: 'idp/zed asks', cause, now, requests: [{ user: zed }] } as const
    const { pool } = database

    const erasing = await inTransaction(pool, async (tx) => {
      await actOnMembers(tx, input)
      const started = erase(zed)
      await somebodyWaits(database.pool)
      return { started }
    })

    expect(await erasing.started).toEqual([{ user: zed, erased: true, memberships: 2 }])
    expect(
      await select(`select vo_id from member mb join person p on p.id = mb.person_id where p.identities = '{}'`),
    ).toEqual([])
    expect(await select(`select personal from event_detail where personal::text like '%idp/zed%'`)).toEqual([])
  })

  it.each([
    ['waits', 'queued', ['queued', false, true]],
    ['failed, and might be sent again', 'failed', ['queued', false, true]],
    ['may have arrived, of which no other one tells', 'unknown', undefined],
  ])('puts mail aside that tells their sponsor of them and %s', async (...[, state, other]) => {
    const { pool } = database
    await call({ email: 'ada@example.org' }, 'idp/ada')
    await apply(pool, [add(document('VO', 'chem', { sponsors: [{ user: 'idp/ada' }], notices: { before: ['P7D'] } }))])
    const requests = [zed, 'idp/eve'].map((user) => ({ user, sponsor: 'idp/ada', until: '2026-01-12' }))
    const adding = {
      act: 'add',
      vo: 'chem',
      requests,
      reason: '',
      cause,
      now: new Date('2026-01-02T10:00:00Z'),
    } as const
    await inTransaction(pool, (tx) => changeSponsors(tx, adding))
    await runAndTell(pool, { vo: 'chem', now })
    const { rows } = await pool.query<{ key: string }>('update mail set state = $1 returning key', [state])

    await erase(zed)
    await runAndTell(pool, { vo: 'chem', now })

    const mails = 'select state, body like $$%(erased)%$$, body like $$%(idp/eve)%$$ from mail order by id'
    expect(await select(mails)).toEqual([['overtaken', true, true], ...(other === undefined ? [] : [other])])
    const again = inTransaction(pool, (tx) => resendMails(tx, [rows[0]?.key ?? ''], now))
    await expect(again).rejects.toMatchObject({
      code: 'MAIL_REFUSED',
      message: expect.stringContaining('who was erased'),
    })
  })

  it('is refused to the last who answers for a service account', async () => {
    const account = { account: 'idp/bot', owners: [zed, 'idp/eve'], purpose: 'Backups' }
    const input = { act: 'create', requests: [account], reason: '', cause, now } as const
    await inTransaction(database.pool, (tx) => changeAccounts(tx, input))

    expect(await erase(zed, 'idp/eve')).toEqual([
      { user: zed, erased: true, memberships: 1 },
      {
        user: 'idp/eve',
        refused: { reason: 'last-owner', message: 'nobody would answer for "idp/bot"; add another owner first' },
      },
    ])
    expect(await listAccounts(database.pool)).toMatchObject([{ account: 'idp/bot', owners: ['idp/eve'] }])
    expect(await erase('idp/bot', 'idp/eve')).toMatchObject([{ erased: true }, { erased: true }])
  })
})

describe('an identity that was erased', () => {
  it('is refused whoever wants to add it, or make a service account or an owner of it', async () => {
    await erase(zed)
    const common = { reason: '', cause, now } as const
    const identity = (user?: string) =>
      inTransaction(database.pool, (tx) =>
        changeIdentities(tx, { act: 'add', requests: [{ identity: zed, user }], ...common }),
      )
    const accounts = (act: 'add-owner' | 'create', account: string, owner: string) =>
      inTransaction(database.pool, (tx) =>
        changeAccounts(tx, { act, requests: [{ account, owners: [owner] }], ...common }),
      )
    await accounts('create', 'idp/bot', 'idp/ada')

    const answers = [
      ...[...(await identity()), ...(await identity('idp/ada'))],
      ...(await accounts('create', zed, 'idp/ada')),
      ...(await accounts('create', 'idp/other', zed)),
      ...(await accounts('add-owner', 'idp/bot', zed)),
    ]

    expect(answers).toMatchObject(answers.map(() => ({ refused: { reason: 'identity-erased' } })))
    expect(await listAccounts(database.pool)).toMatchObject([{ account: 'idp/bot', owners: ['idp/ada'] }])
  })
})

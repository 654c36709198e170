import { afterEach, beforeEach, describe, expect, it } from '@jest/globals'
import type { MemberAct } from '../../../core/lifecycle/acts/standing.ts'
import {
  actForAccounts,
  actOnMembers,
  changeAccounts,
  eraseUsers,
  showAccount,
  inTransaction,
  listAccounts,
  listMembers,
  readSnapshotInput,
  readStatus,
  runClock,
  verifyAudit,
  type AccountAct,
  type AccountAnswer,
  type AccountInput,
  type AccountOn,
} from '../../../store/index.ts'
import { createTestDatabase, type TestDatabase } from '../../support/test-database.ts'
import { add, apply, change, document, smallWorld, stored } from './world.ts'

let database: TestDatabase

beforeEach(async () => {
  database = await createTestDatabase()
  await apply(database.pool, [
    ...smallWorld(),
    add(
      document('User', 'nightly', {
        identities: ['idp/nightly'],
        serviceAccount: { owners: ['idp/ada', 'idp/newcomer'], purpose: 'Nightly runs', mayAct: ['password'] },
      }),
    ),
  ])
})

afterEach(async () => database.drop())

const noon = (day: string): Date => new Date(`${day}T12:00:00Z`)
const ada = 'idp/ada'
const grace = 'idp/grace'
const bot = 'idp/bot'

async function accounts(
  act: AccountAct,
  requests: readonly AccountOn[],
  more: Partial<AccountInput> = {},
): Promise<AccountAnswer[]> {
  const input = { act, requests, reason: 'needed', cause: { actor: 'local/test' }, now: noon('2026-02-01') }
  return inTransaction(database.pool, (tx) => changeAccounts(tx, { ...input, ...more }))
}

const made: AccountOn = { account: bot, owners: [ada], purpose: 'Backups', mayAct: ['password', 'email'] }

const reasonsOf = (answers: readonly AccountAnswer[]): string[] =>
  answers.map((answer) => ('refused' in answer ? answer.refused.reason : 'done'))

describe('service accounts', () => {
  it('are declared in git, or made by command; whoever is named as an owner becomes known', async () => {
    expect(await accounts('create', [made])).toEqual([
      { account: bot, owners: [ada], purpose: 'Backups', mayAct: ['password', 'email'], declared: null },
    ])
    expect(await listAccounts(database.pool)).toMatchObject([
      { account: bot },
      { account: 'idp/nightly', owners: [ada, 'idp/newcomer'], declared: { file: 'all.yaml', line: 1 } },
    ])
    expect(await listAccounts(database.pool, { owner: 'github/ada' })).toHaveLength(2)
    expect((await verifyAudit(database.pool)).valid).toBe(true)
  })

  describe('are told to generators that ask', () => {
    const answered = (owners: readonly string[], purpose: string): object => ({ owners, purpose })

    /** The services whose files are to be made anew since this was last asked. */
    async function outbox(): Promise<string[]> {
      const { rows } = await database.pool.query<{ name: string }>(
        `with heard as (delete from outbox returning service_id) select distinct s.name from heard join service s on s.id = heard.service_id`,
      )
      return rows.map(({ name }) => name)
    }

    async function told(asked: object = { tellsServiceAccounts: true }): Promise<object> {
      return inTransaction(
        database.pool,
        async (tx) => {
          const needs = { carriesStatus: true, requires: [], uses: [], ...asked }
          const input = await readSnapshotInput(tx, { facility: 'hpc', service: 'passwd' }, needs)
          const found: (readonly [string, object | undefined])[] = []
          for await (const batch of input.accounts())
            found.push(...batch.map((one) => [one.identities[0] ?? '', one.serviceAccount] as const))
          return Object.fromEntries(found)
        },
        { isolation: 'repeatable read' },
      )
    }

    const userIn = (name: string, spec: object = {}) =>
      document('User', name, { identities: [`idp/${name}`], attributes: { login: name }, ...spec })

    async function declare(name: string, spec: object = {}): Promise<void> {
      await apply(database.pool, [change(await stored(database.pool, 'User', name), userIn(name, spec))])
    }

    beforeEach(async () => {
      await outbox()
    })

    it('in files that are made anew when somebody becomes one or is none any more', async () => {
      expect(await told()).toEqual({ [ada]: undefined, [grace]: undefined })
      await accounts('create', [{ ...made, account: grace }])
      expect(await outbox()).toEqual(['passwd'])
      expect(await told()).toEqual({ [ada]: undefined, [grace]: answered([ada], 'Backups') })
      expect(await told({})).toEqual({ [ada]: undefined, [grace]: undefined })

      await database.pool.query('delete from service_account_owner; delete from service_account')
      await declare('grace', { serviceAccount: { owners: [ada], purpose: 'Runs' } })
      expect(await outbox()).toEqual(['passwd'])
      expect(await told()).toEqual({ [ada]: undefined, [grace]: answered([ada], 'Runs') })
      await declare('grace')
      expect(await outbox()).toEqual(['passwd'])
      expect(await told()).toEqual({ [ada]: undefined, [grace]: undefined })
    })

    it('with their owners, in files that are made anew when others answer for them', async () => {
      await accounts('create', [{ ...made, account: grace }])
      await outbox()

      await accounts('add-owner', [{ account: grace, owners: ['idp/carl', 'idp/eve'] }])
      expect(await outbox()).toEqual(['passwd'])
      await accounts('remove-owner', [{ account: grace, owners: [ada] }])
      expect(await outbox()).toEqual(['passwd'])
      expect(await told()).toMatchObject({ [grace]: answered(['idp/carl', 'idp/eve'], 'Backups') })

      const erasing = {
        users: ['idp/carl'],
        reason: 'asked for',
        cause: { actor: 'local/test' },
        now: noon('2026-02-01'),
      }
      await inTransaction(database.pool, (tx) => eraseUsers(tx, erasing))
      expect(await outbox()).toEqual(['passwd'])
      expect(await told()).toMatchObject({ [grace]: answered(['idp/eve'], 'Backups') })
    })

    it.each([
      ['by command', async () => accounts('create', [{ ...made, account: grace, purpose: 'Runs\\{"a", b}' }])],
      ['in git', async () => declare('grace', { serviceAccount: { owners: [ada], purpose: 'Runs\\{"a", b}' } })],
    ])('with owners by their names of today: those %s', async (_, make) => {
      await make()
      await outbox()

      await declare('ada', { identities: ['github/ada', ada] })

      expect(await outbox()).toEqual(['passwd'])
      expect(await told()).toEqual({ 'github/ada': undefined, [grace]: answered(['github/ada'], 'Runs\\{"a", b}') })
    })

    it('with nobody who answers for them where all of them are gone', async () => {
      await declare('grace', { serviceAccount: { owners: [ada], purpose: 'Runs' } })

      await declare('ada', { serviceAccount: { owners: ['idp/newcomer'], purpose: 'Was a person' } })

      expect(await told()).toEqual({
        [ada]: answered(['idp/newcomer'], 'Was a person'),
        [grace]: answered([], 'Runs'),
      })
    })
  })

  it('are refused what would leave nobody, or no person, to answer for them, and what git says', async () => {
    await accounts('create', [made, { ...made, account: 'idp/other' }])

    expect(
      reasonsOf([
        ...(await accounts('create', [made])),
        ...(await accounts('create', [{ ...made, account: 'idp/third', owners: [bot] }])),
        ...(await accounts('create', [{ ...made, account: ada, owners: [grace] }])),
        ...(await accounts('create', [{ ...made, account: 'nowhere/x' }])),
        ...(await accounts('create', [{ ...made, account: 'idp/self', owners: ['idp/nightly'] }])),
        ...(await accounts('add-owner', [{ account: 'idp/nightly', owners: [grace] }])),
        ...(await accounts('add-owner', [{ account: grace, owners: [ada] }])),
        ...(await accounts('add-owner', [{ account: bot, owners: ['github/ada'] }])),
        ...(await accounts('remove-owner', [{ account: bot, owners: [grace] }])),
        ...(await accounts('remove-owner', [{ account: bot, owners: [ada] }])),
      ]),
    ).toEqual([
      ...['already-an-account', 'not-a-person', 'owns-accounts', 'identity-unknown', 'not-a-person'],
      ...['declared', 'not-an-account', 'already-an-owner', 'not-an-owner', 'last-owner'],
    ])
  })

  it('change owners by the word of an owner or an admin', async () => {
    await accounts('create', [made], { actor: 'idp/root' })

    expect(await accounts('add-owner', [{ account: bot, owners: [grace] }], { actor: ada })).toMatchObject([
      { owners: [ada, grace] },
    ])
    expect(await accounts('remove-owner', [{ account: bot, owners: [ada] }], { actor: grace })).toMatchObject([
      { owners: [grace] },
    ])
    const message = '"idp/ada" may not: expected an owner of it, or an admin of the instance'
    expect(await accounts('add-owner', [{ account: bot, owners: [ada] }], { actor: ada })).toEqual([
      { account: bot, refused: { reason: 'not-allowed', message } },
    ])
    await expect(accounts('add-owner', [], { actor: 'idp/nobody' })).rejects.toMatchObject({ code: 'IDENTITY_UNKNOWN' })
    await expect(accounts('create', [{ ...made, account: 'idp/x' }], { actor: ada })).rejects.toMatchObject({
      code: 'ACTOR_NOT_ELIGIBLE',
    })
  })

  it('change owners for many at once, each by the right that there is to it', async () => {
    const others = ['idp/first', 'idp/second', 'idp/third'].map((account) => ({ ...made, account }))
    await accounts('create', [...others.slice(0, 2), { ...made, account: 'idp/third', owners: [grace] }])
    const more = others.map(({ account }) => ({ account, owners: ['idp/joan'] }))

    expect(await accounts('add-owner', more, { actor: ada })).toMatchObject([
      { account: 'idp/first', owners: [ada, 'idp/joan'] },
      { account: 'idp/second', owners: [ada, 'idp/joan'] },
      { account: 'idp/third', refused: { reason: 'not-allowed' } },
    ])
  })

  it('count an owner of two identities once, whichever of them is named', async () => {
    await accounts('create', [{ ...made, owners: [ada, grace] }])

    expect(await accounts('remove-owner', [{ account: bot, owners: [ada, 'github/ada'] }])).toMatchObject([
      { account: bot, owners: [grace] },
    ])
    expect(await accounts('add-owner', [{ account: bot, owners: ['github/ada'] }])).toMatchObject([
      { account: bot, owners: [ada, grace] },
    ])
    expect(reasonsOf(await accounts('remove-owner', [{ account: bot, owners: [ada, grace, 'github/ada'] }]))).toEqual([
      'last-owner',
    ])
  })

  it('keep for evidence who acted for them, allowed or not', async () => {
    await accounts('create', [made])
    const act = (owner: string, what: string) =>
      inTransaction(database.pool, (tx) =>
        actForAccounts(tx, {
          ...{ owner, requests: [{ account: bot, what }], reason: 'lost', cause: { actor: owner } },
          now: noon('2026-02-02'),
        }),
      )

    expect(await act('github/ada', 'password')).toEqual([{ account: bot, what: 'password', owner: 'github/ada' }])
    expect(await act(ada, 'shell')).toMatchObject([{ refused: { reason: 'not-permitted' } }])
    expect(await act(grace, 'password')).toMatchObject([{ refused: { reason: 'not-an-owner' } }])
    const found = await showAccount(database.pool, bot)
    expect(found.acts.map(({ owner, what, refused, reason }) => [owner, what, refused, reason])).toEqual([
      [grace, 'password', 'not-an-owner', 'lost'],
      [ada, 'shell', 'not-permitted', 'lost'],
      [ada, 'password', null, 'lost'],
    ])
    const { rows } = await database.pool.query(
      `select e.action, d.personal->>'by' as actor, d.personal->>'what' as what
       from event e join event_detail d on d.event_id = e.id where e.kind = 'ServiceAccount' and e.action <> 'create' order by e.id`,
    )
    expect(rows).toEqual([
      { action: 'act', actor: 'github/ada', what: 'password' },
      { action: 'refuse', actor: ada, what: 'shell' },
      { action: 'refuse', actor: grace, what: 'password' },
    ])
    expect((await verifyAudit(database.pool)).valid).toBe(true)
  })

  it('are without an owner once nobody is left of the last one, or that is an account itself', async () => {
    await accounts('create', [made, { ...made, account: 'idp/other', owners: [grace] }])
    const have = await stored(database.pool, 'User', 'grace')
    const serviceAccount = { owners: [ada], purpose: 'Grace is a machine' }
    await apply(database.pool, [change(have, document('User', 'grace', { identities: [grace], serviceAccount }))])

    expect((await readStatus(database.pool, new Date())).withoutOwner).toEqual(['idp/other'])
  })
})

describe('rules of expiration that exempt service accounts', () => {
  const rules = { extendBy: 'P1Y', window: 'P1M', disableAfter: 'P1M', deleteAfter: 'P1M', exemptServiceAccounts: true }

  async function act(name: MemberAct, users: readonly string[], expires?: string): Promise<void> {
    const requests = users.map((user) => (expires === undefined ? { user } : { user, expires }))
    const input = { vo: 'astro', requests, act: name, reason: 'x', cause: { actor: 'local/test' } }
    await inTransaction(database.pool, (tx) => actOnMembers(tx, { ...input, now: noon('2026-02-01') }))
  }

  async function clock(day: string): Promise<void> {
    for (;;) {
      const input = { vo: 'astro', now: noon(day), atMost: 10 }
      const { more } = await inTransaction(database.pool, (tx) => runClock(tx, input))
      if (!more) return
    }
  }

  async function members(): Promise<object> {
    const { members: list } = await listMembers(database.pool, { vo: 'astro' })
    return Object.fromEntries(list.map(({ user, status, expires }) => [user, [status, expires].join(' ').trim()]))
  }

  it('give them no date, and neither disable nor delete them; a date that somebody gave ends all the same', async () => {
    const have = await stored(database.pool, 'VO', 'astro')
    await apply(database.pool, [change(have, document('VO', 'astro', { expiration: rules }))])
    await accounts('create', [made])

    await act('add', ['idp/person', bot, 'idp/nightly'])
    expect(await members()).toMatchObject({ 'idp/person': 'VALID 2027-02-01', [bot]: 'VALID', 'idp/nightly': 'VALID' })
    const { members: listed } = await listMembers(database.pool, { vo: 'astro' })
    expect(listed.flatMap(({ user, serviceAccount }) => (serviceAccount === true ? [user] : []))).toEqual([
      bot,
      'idp/nightly',
    ])
    await act('expires', [bot, 'idp/person'], '2026-03-01')
    await clock('2026-03-01')
    expect(await members()).toMatchObject({ 'idp/person': 'EXPIRED 2026-03-01', [bot]: 'EXPIRED 2026-03-01' })
    await clock('2026-06-01')
    const later = await members()
    expect(later).toMatchObject({ [bot]: 'EXPIRED 2026-03-01', 'idp/nightly': 'VALID' })
    expect(later).not.toHaveProperty('idp/person')
  })
})

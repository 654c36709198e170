import { afterEach, beforeEach, describe, expect, it } from '@jest/globals'
import {
  addBans,
  changeAccounts,
  explain,
  inTransaction,
  listAccess,
  listBans,
  removeBans,
  type BanPlace,
} from '../../../store/index.ts'
import { group, resource, user, type Document } from '../../support/builders.ts'
import { createTestDatabase, type TestDatabase } from '../../support/test-database.ts'
import { ada, begin, cause, documents, exclusiveWorld, noon, open } from './exclusive-world.ts'

let database: TestDatabase

beforeEach(async () => {
  database = await createTestDatabase()
})

afterEach(async () => database.drop())

const { commit, left, act, sync, run, inAstro } = exclusiveWorld(() => database.pool)

const later = noon('2026-02-01')
const bot = { identities: ['idp/bot'], serviceAccount: { owners: ['idp/ada'], purpose: 'Runs', mayAct: [] } }
const exempting = { expiration: { extendBy: 'P3M', disableAfter: 'P1M', exemptServiceAccounts: true } }
const withBot = (spec: object = {}, ...more: readonly Document[]): Document[] =>
  documents(spec, user('bot', bot), ...more)

const staff = (members: readonly string[]): Document => group('astro/crew', { ...open, members: [...members] })

describe('a service account in an exclusive VO', () => {
  it('stays while a row holds it, and is out by the commit that takes the last one, whatever rules exempt it from', async () => {
    const named = withBot({ ...exempting, members: ['idp/ada', 'idp/bot'] }, staff(['idp/bot']))
    await commit(named)
    expect(await inAstro()).toEqual({ ...ada, 'idp/bot': 'VALID own:config crew:config' })

    await commit(withBot(exempting, staff(['idp/bot'])), later)
    expect(await inAstro()).toEqual({ ...ada, 'idp/bot': 'VALID crew:config' })
    await commit(withBot(exempting, staff([])), later)

    expect(await inAstro()).toEqual(ada)
  })

  it('is out by the act that turns the rule which held it, with what a manager gave it there', async () => {
    const wanted = withBot(exempting)
    await commit(wanted)
    await act({ act: 'add', vo: 'bio', user: 'idp/bot', now: begin })
    await act({ act: 'add', vo: 'bio', group: 'board', user: 'idp/bot', now: begin })
    await act({ act: 'add', vo: 'astro', group: 'guests', user: 'idp/bot', now: begin })
    expect(await inAstro()).toEqual({ ...ada, 'idp/bot': 'VALID friends:rule guests:manager' })

    await act({ act: 'remove', vo: 'bio', group: 'board', user: 'idp/bot', now: later })

    expect(await inAstro()).toEqual(ada)
    expect(await left(wanted, later)).toEqual([])
  })

  it('that is made by command is in it no more than anybody else whom git does not name', async () => {
    await commit(withBot(exempting))
    const requests = [{ account: 'idp/made', owners: ['idp/ada'], purpose: 'Tests', mayAct: [] }]
    await inTransaction(database.pool, (tx) =>
      changeAccounts(tx, { act: 'create', requests, reason: '', cause, now: begin }),
    )

    expect(await act({ act: 'add', vo: 'astro', user: 'idp/made', now: begin })).toMatchObject({
      refused: { reason: 'exclusive' },
    })
    expect(await inAstro()).toEqual(ada)
  })

  it('keeps its date of git, and is out once git drops the row that is over', async () => {
    const until = { user: 'idp/bot', expires: '2026-01-20' } as const
    await commit(withBot({ ...exempting, members: ['idp/ada', until] }))

    await run('astro', later)
    expect(await inAstro()).toEqual({ ...ada, 'idp/bot': 'EXPIRED own:config' })
    await run('astro', noon('2026-06-01'))
    expect(await inAstro()).toEqual({ ...ada, 'idp/bot': 'EXPIRED own:config' })
    await commit(withBot(exempting), noon('2026-06-02'))

    expect(await inAstro()).toEqual(ada)
  })
})

async function ban(place: BanPlace): Promise<void> {
  const requests = [{ user: 'idp/x', reason: 'misuse', until: null }]
  await inTransaction(database.pool, (tx) => addBans(tx, { place, requests, cause, now: begin }))
}

async function unban(place: BanPlace): Promise<void> {
  const requests = [{ user: 'idp/x', reason: 'over', until: null }]
  await inTransaction(database.pool, (tx) => removeBans(tx, { place, requests, cause, now: later }))
}

/** Who has access to the wiki, which everybody in astro reaches. */
async function readers(): Promise<string[]> {
  const { members } = await listAccess(database.pool, { vo: 'astro', resource: 'all', askedAt: later })
  return members.filter(({ access }) => access).map(({ user: of }) => of)
}

const all = resource('astro/all', { facility: 'hpc', services: ['list'], groups: ['members'] })
const places: readonly (readonly [string, BanPlace])[] = [
  ['it', { kind: 'vo', vo: 'astro' }],
  ['a resource of it', { kind: 'resource', vo: 'astro', name: 'all' }],
  ['a facility', { kind: 'facility', name: 'hpc' }],
]

describe.each(places)('somebody who is banned from %s, an exclusive VO,', (_, place) => {
  it('stays a member for as long as something holds them, without access', async () => {
    const wanted = documents({}, all)
    await commit(wanted)
    await act({ act: 'add', vo: 'bio', group: 'board', now: begin })
    expect(await readers()).toEqual(['idp/ada', 'idp/x'])

    await ban(place)

    expect(await inAstro()).toEqual({ ...ada, 'idp/x': 'VALID friends:rule' })
    expect(await readers()).toEqual(['idp/ada'])
    expect(await left(wanted, later)).toEqual([])
    await unban(place)
    expect(await readers()).toEqual(['idp/ada', 'idp/x'])
  })

  it('is out of it like anybody else, and comes back banned', async () => {
    const wanted = documents({}, all)
    await commit(wanted)
    await sync(['hr/x'])
    await ban(place)

    await sync([])
    expect(await inAstro()).toEqual(ada)
    expect(await listBans(database.pool, {})).toMatchObject([{ user: 'idp/x' }])
    await commit(documents({ members: ['idp/ada', 'idp/x'] }, all), later)

    expect(await inAstro()).toEqual({ ...ada, 'idp/x': 'VALID own:config' })
    expect(await readers()).toEqual(['idp/ada'])
    const why = await explain(database.pool, { identity: 'idp/x', vo: 'astro', resource: 'all', askedAt: later })
    expect(why.missing.map(({ code }) => code)).toEqual(['banned'])
  })
})

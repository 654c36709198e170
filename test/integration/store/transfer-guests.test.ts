import { afterEach, beforeEach, describe, expect, it } from '@jest/globals'
import {
  changeSponsors,
  inTransaction,
  listHolds,
  listSponsorships,
  transferGuests,
  verifyAudit,
  type SponsorOn,
  type TransferAnswer,
  type TransferOn,
} from '../../../store/index.ts'
import { createTestDatabase, type TestDatabase } from '../../support/test-database.ts'
import { add, apply, document, smallWorld } from './world.ts'

let database: TestDatabase

beforeEach(async () => {
  database = await createTestDatabase()
  const sponsors = [{ user: 'idp/ada' }, { user: 'idp/grace' }, { user: 'idp/annie' }]
  await apply(database.pool, [
    ...smallWorld(),
    add(document('VO', 'lab', { sponsors, managers: [{ user: 'idp/root' }] })),
    add(document('VO', 'bio', { sponsors, managers: [{ user: 'idp/linus' }] })),
    add(document('VO', 'solo', { sponsors: [{ user: 'idp/ada' }] })),
  ])
})

afterEach(async () => database.drop())

const noon = (day: string): Date => new Date(`${day}T12:00:00Z`)
const ada = 'idp/ada'
const grace = 'idp/grace'
const acting = { reason: 'she moves', cause: { actor: 'local/test' }, now: noon('2026-02-01') }

async function sponsor(vo: string, guests: readonly SponsorOn[]): Promise<void> {
  await inTransaction(database.pool, (tx) => changeSponsors(tx, { ...acting, act: 'add', vo, requests: guests }))
}

async function transfer(
  requests: readonly TransferOn[],
  more: { readonly actor?: string; readonly now?: Date } = {},
): Promise<TransferAnswer[]> {
  return inTransaction(database.pool, (tx) => transferGuests(tx, { ...acting, ...more, requests }))
}

function said(answers: readonly TransferAnswer[]): string[] {
  return answers.map((answer) => {
    const { vo, user, sponsor: by } = answer
    const came = 'refused' in answer ? answer.refused.reason : 'held' in answer ? 'held' : 'done'
    return [vo ?? '–', user ?? '–', by, came].join(' ')
  })
}

async function sponsorships(): Promise<string[]> {
  const list = await listSponsorships(database.pool)
  return list.map((one) => [one.vo, one.user, one.sponsor, one.until ?? ''].join(' ').trim())
}

const byAda = (...users: readonly string[]): SponsorOn[] => users.map((user) => ({ user, sponsor: ada }))

describe('guests who are passed on', () => {
  it('are all of a sponsor, in every VO, with one link of the audit chain', async () => {
    await sponsor('lab', [{ user: 'idp/g1', sponsor: ada, until: '2026-06-01' }])
    await sponsor('bio', byAda('idp/g2', 'idp/g1'))
    const links = async () => (await database.pool.query('select number from chain')).rowCount ?? 0
    const before = await links()

    expect(said(await transfer([{ sponsor: ada, to: grace }]))).toEqual([
      ...['bio idp/g1 idp/grace done', 'bio idp/g2 idp/grace done', 'lab idp/g1 idp/grace done'],
    ])
    expect(await sponsorships()).toEqual([
      ...['bio idp/g1 idp/grace', 'bio idp/g2 idp/grace', 'lab idp/g1 idp/grace 2026-06-01'],
    ])
    expect((await links()) - before).toBe(1)
    expect((await verifyAudit(database.pool)).valid).toBe(true)
    expect(await transfer([{ sponsor: ada, to: grace }])).toEqual([{ vo: null, user: null, sponsor: ada }])
  })

  it('are refused in the one VO that names no such sponsor, and done in the others', async () => {
    await sponsor('lab', byAda('idp/g1'))
    await sponsor('solo', byAda('idp/g1'))

    expect(said(await transfer([{ sponsor: ada, to: grace }]))).toEqual([
      'lab idp/g1 idp/grace done',
      'solo idp/g1 idp/ada not-a-sponsor',
    ])
  })

  it('are named for many sponsors, each line with what it leaves open', async () => {
    await sponsor('lab', [...byAda('idp/g1', 'idp/g2'), { user: 'idp/g3', sponsor: 'idp/annie' }])
    await sponsor('bio', byAda('idp/g1'))

    const answers = await transfer([
      { sponsor: 'idp/annie', to: grace },
      { sponsor: ada, to: grace, user: 'idp/g2' },
      { sponsor: ada, to: 'idp/annie', vo: 'bio' },
      { sponsor: ada, to: grace, user: 'idp/g1' },
      { sponsor: ada, to: grace, user: 'idp/other' },
      { sponsor: ada, to: grace, user: 'idp/g3' },
      { sponsor: ada, to: grace, vo: 'labb' },
      { sponsor: 'idp/nobody', to: grace },
      { sponsor: grace, to: ada, vo: 'solo' },
    ])

    expect(said(answers)).toEqual([
      'lab idp/g3 idp/grace done',
      'lab idp/g2 idp/grace done',
      'bio idp/g1 idp/annie done',
      'bio idp/g1 idp/ada not-sponsored',
      'lab idp/g1 idp/grace done',
      '– idp/other idp/ada identity-unknown',
      '– idp/g3 idp/ada not-sponsored',
      'labb – idp/ada vo-unknown',
      '– – idp/nobody identity-unknown',
      'solo – idp/grace done',
    ])
    expect(answers[7]).toMatchObject({
      refused: { message: 'VO "labb" is not in force; did you mean "lab"?' },
    })
  })

  it('are held in the VO whose guard says so, and done in the others', async () => {
    const many = Array.from({ length: 12 }, (_, index) => `idp/m${String(index).padStart(2, '0')}`)
    await sponsor(
      'lab',
      many.map((user) => ({ user, sponsor: ada, until: '2026-02-10' })),
    )
    await sponsor('bio', byAda('idp/g1'))

    // The clock of the VO is late: whoever is written anew is found to be over.
    const answers = await transfer([{ sponsor: ada, to: grace }], { now: noon('2026-02-11') })

    expect(said(answers)).toEqual(['bio idp/g1 idp/grace done', ...many.map((user) => `lab ${user} idp/ada held`)])
    expect(await listHolds(database.pool)).toMatchObject([{ scope: 'vo:lab' }])
  })

  it('are one’s own without being a manager, and those of others are refused', async () => {
    await sponsor('lab', [...byAda('idp/g1'), { user: 'idp/g2', sponsor: 'idp/annie' }])
    await sponsor('bio', byAda('idp/g1'))
    const both = [
      { sponsor: 'github/ada', to: grace, vo: 'lab' },
      { sponsor: 'idp/annie', to: grace },
    ]

    const answers = await transfer(both, { actor: ada })

    expect(said(answers)).toEqual(['lab idp/g1 idp/grace done', 'lab idp/g2 idp/annie not-allowed'])
    expect(answers[1]).toMatchObject({
      refused: {
        message:
          '"idp/ada" may not: expected the sponsor, or a manager or membership manager of the VO, or an admin of the instance',
      },
    })
    expect(said(await transfer([{ sponsor: ada, to: grace }], { actor: 'idp/linus' }))).toEqual([
      'bio idp/g1 idp/grace done',
    ])
    await expect(transfer(both, { actor: 'idp/nobody' })).rejects.toMatchObject({ code: 'IDENTITY_UNKNOWN' })
  })
})

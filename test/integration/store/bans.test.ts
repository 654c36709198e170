import { afterEach, beforeEach, describe, expect, it } from '@jest/globals'
import {
  actOnMembers,
  addBans,
  endBan,
  inTransaction,
  listBans,
  listEndingBans,
  readEndingBan,
  readBanWakes,
  readSnapshotInput,
  removeBans,
  verifyAudit,
  type BanAnswer,
  type BanFilter,
  type BanInput,
  type BanPlace,
} from '../../../store/index.ts'
import { createTestDatabase, type TestDatabase } from '../../support/test-database.ts'
import { add, apply, change, document, row, smallWorld, stored } from './world.ts'

let database: TestDatabase

beforeEach(async () => {
  database = await createTestDatabase()
  await apply(database.pool, [
    ...smallWorld(),
    add(document('Resource', 'archive', { facility: 'hpc', services: ['passwd'], groups: ['board'] }, 'astro')),
    add(document('Group', 'board', {}, 'astro')),
    row('add', 'astro/board', 'idp/grace'),
  ])
})

afterEach(async () => database.drop())

const vo: BanPlace = { kind: 'vo', vo: 'astro' }
const cluster: BanPlace = { kind: 'resource', vo: 'astro', name: 'cluster' }
const archive: BanPlace = { kind: 'resource', vo: 'astro', name: 'archive' }
const hpc: BanPlace = { kind: 'facility', name: 'hpc' }
const now = new Date('2026-02-01T12:00:00Z')

async function ban(
  place: BanPlace,
  users: readonly string[],
  more: Partial<BanInput> & { until?: string } = {},
): Promise<BanAnswer[]> {
  const { until = null, ...rest } = more
  const requests = users.map((user) => ({ user, reason: 'abuse', until }))
  const input = { place, requests, cause: { actor: 'local/test' }, now, ...rest }
  return inTransaction(database.pool, (tx) => addBans(tx, input))
}

async function unban(place: BanPlace, user: string): Promise<BanAnswer[]> {
  const input = { place, requests: [{ user, reason: '', until: null }], cause: { actor: 'local/test' }, now }
  return inTransaction(database.pool, (tx) => removeBans(tx, input))
}

/** What a generator is given: who, and whether they are banned. */
async function accounts(carriesStatus: boolean): Promise<object> {
  const needs = { carriesStatus, requires: [], uses: [] }
  return inTransaction(
    database.pool,
    async (tx) => {
      const input = await readSnapshotInput(tx, { facility: 'hpc', service: 'passwd' }, needs)
      const people: [string, string][] = []
      for await (const list of input.accounts())
        for (const { identities, status, banned } of list)
          people.push([String(identities[0]), banned ? 'banned' : status])
      const groups = new Map<string, string[]>()
      for await (const list of input.groupMembers())
        for (const { group, account } of list) {
          const name = String(input.groups[group]?.name)
          const user = `${String(account.identities[0])}${account.banned ? ' banned' : ''}`
          groups.set(name, [...(groups.get(name) ?? []), user])
        }
      return { accounts: Object.fromEntries(people), groups: Object.fromEntries(groups) }
    },
    { isolation: 'repeatable read' },
  )
}

const ada = 'idp/ada'
const grace = 'idp/grace'

describe('a ban', () => {
  it('stands beside the status in a list that has one, and is out of one that has none', async () => {
    await ban(vo, [ada])

    expect(await accounts(true)).toEqual({
      accounts: { [ada]: 'banned', [grace]: 'VALID' },
      groups: { telescope: [`${ada} banned`, grace], board: [grace] },
    })
    expect(await accounts(false)).toEqual({
      accounts: { [grace]: 'VALID' },
      groups: { telescope: [grace], board: [grace] },
    })
  })

  it('from a facility reaches everything there', async () => {
    await ban(hpc, [grace])

    expect(await accounts(false)).toEqual({ accounts: { [ada]: 'VALID' }, groups: { telescope: [ada] } })
  })

  it('from a resource leaves the other ways, and the groups that lead to others', async () => {
    await ban(cluster, [grace, ada])

    expect(await accounts(true)).toEqual({
      accounts: { [ada]: 'banned', [grace]: 'VALID' },
      groups: { telescope: [`${ada} banned`, `${grace} banned`], board: [grace] },
    })
    expect(await accounts(false)).toEqual({ accounts: { [grace]: 'VALID' }, groups: { board: [grace] } })
    await ban(archive, [grace])
    expect(await accounts(false)).toEqual({ accounts: {}, groups: {} })
  })

  it('is replaced by a new one, lifted, and kept as the past', async () => {
    await ban(vo, [ada], { until: '2026-03-01' })
    await ban(vo, [ada])

    expect(await listBans(database.pool)).toMatchObject([{ user: ada, from: vo, reason: 'abuse', until: null }])
    expect(await unban(vo, ada)).toEqual([{ user: ada, banned: false, until: null }])
    expect(await unban(vo, ada)).toMatchObject([{ refused: { reason: 'not-banned' } }])
    expect(await listBans(database.pool)).toEqual([])
    const { rows } = await database.pool.query('select until::text, ended_by from ban_past order by id')
    expect(rows).toEqual([
      { until: '2026-03-01', ended_by: 'local/test' },
      { until: null, ended_by: 'local/test' },
    ])
    expect((await verifyAudit(database.pool)).valid).toBe(true)
  })

  it.each<[string, BanFilter, readonly BanPlace[]]>([
    ['all of them', {}, [hpc, archive, cluster, vo]],
    ['a VO and its resources', { place: vo }, [archive, cluster, vo]],
    ['a resource', { place: archive }, [archive]],
    ['a facility and the resources on it', { place: hpc }, [hpc, archive, cluster]],
    ['somebody', { user: ada }, [cluster, vo]],
    ['somebody, from a facility', { user: ada, place: hpc }, [cluster]],
  ])('is listed among those of %s', async (_, filter, places) => {
    await ban(vo, [ada])
    await ban(cluster, [ada])
    await ban(archive, [grace])
    await ban(hpc, [grace])

    expect((await listBans(database.pool, filter)).map(({ from }) => from)).toEqual(places)
  })

  it('is not listed of whom nobody knows', async () => {
    await expect(listBans(database.pool, { user: 'idp/nobody' })).rejects.toMatchObject({
      ...{
        code: 'IDENTITY_UNKNOWN',
        message: 'Cannot list bans of "idp/nobody": nobody has the identity "idp/nobody"',
      },
    })
  })

  it('is answered as it stands where somebody is named twice', async () => {
    const requests = ['2026-04-01', '2026-05-01'].map((until) => ({ user: ada, reason: 'abuse', until }))
    const input = { place: vo, requests, cause: { actor: 'local/test' }, now: new Date('2026-02-01T12:00:00Z') }

    expect(await inTransaction(database.pool, (tx) => addBans(tx, input))).toEqual([
      { user: ada, banned: true, until: '2026-05-01' },
      { user: ada, banned: true, until: '2026-05-01' },
    ])
  })

  it('ends at the first moment of its day, not before, and once', async () => {
    await ban(vo, [ada], { until: '2026-03-01' })
    const [{ id } = { id: 0 }] = await listEndingBans(database.pool)
    const end = (at: string) => inTransaction(database.pool, (tx) => endBan(tx, { id, now: new Date(at) }))

    expect(await readBanWakes(database.pool)).toMatchObject({ bans: [{ id, vo: 'astro' }], gone: [] })
    expect((await readEndingBan(database.pool, id))?.endsAt).toEqual(new Date('2026-03-01T00:00:00Z'))
    expect(await end('2026-02-28T23:59:59Z')).toBe(false)
    expect(await end('2026-03-05T08:00:00Z')).toBe(true)
    expect(await end('2026-03-05T08:00:00Z')).toBe(false)
    expect(await readBanWakes(database.pool)).toMatchObject({ bans: [], gone: [id] })
    const { rows } = await database.pool.query('select ended, ended_by from ban_past')
    expect(rows).toEqual([{ ended: new Date('2026-03-01T00:00:00Z'), ended_by: 'clock' }])
    expect(await accounts(false)).toMatchObject({ accounts: { [ada]: 'VALID' } })
  })

  it('goes out before everything else', async () => {
    await database.pool.query('delete from outbox')
    await ban(vo, [ada])
    expect((await database.pool.query('select priority from outbox')).rows).toEqual([{ priority: 1 }])
  })

  it('takes people whom nobody knows yet, of declared sources, and refuses the rest with a reason', async () => {
    const answers = await ban(hpc, ['idp/mallory', 'nowhere/x'])
    const late = await ban(hpc, [ada], { until: '2026-02-01' })

    expect(answers).toMatchObject([{ user: 'idp/mallory', banned: true }, { refused: { reason: 'identity-unknown' } }])
    expect(late).toMatchObject([{ refused: { reason: 'date-past' } }])
    await expect(ban({ kind: 'resource', vo: 'astro', name: 'clustr' }, [ada])).rejects.toMatchObject({
      code: 'OBJECT_UNKNOWN',
      message: 'Cannot ban anybody from resource "astro/clustr": it is not in force; did you mean "cluster"?',
    })
  })

  it('is given by an admin or a manager of the place', async () => {
    await expect(ban(vo, [ada], { actor: grace })).rejects.toMatchObject({ code: 'ACTOR_NOT_ELIGIBLE' })
    await expect(ban(hpc, [grace], { actor: ada })).rejects.toMatchObject({ code: 'ACTOR_NOT_ELIGIBLE' })
    expect(await ban(cluster, [grace], { actor: ada })).toMatchObject([{ banned: true }])
    expect(await ban(hpc, [grace], { actor: 'idp/root' })).toMatchObject([{ banned: true }])
  })

  it('is given by a ban manager of the VO, there and on its resources alone, who lets nobody in', async () => {
    const have = await stored(database.pool, 'VO', 'astro')
    const spec = { banManagers: [{ group: 'board' }] }
    await apply(database.pool, [change(have, document('VO', 'astro', spec))])

    expect(await ban(vo, [ada], { actor: grace })).toMatchObject([{ banned: true }])
    expect(await ban(archive, [ada], { actor: grace })).toMatchObject([{ banned: true }])
    await expect(ban(hpc, [ada], { actor: grace })).rejects.toMatchObject({ code: 'ACTOR_NOT_ELIGIBLE' })
    const joining = { act: 'add', vo: 'astro', requests: [{ user: 'idp/new' }], reason: '', actor: grace } as const
    const letIn = inTransaction(database.pool, (tx) => actOnMembers(tx, { ...joining, cause: { actor: grace }, now }))
    await expect(letIn).rejects.toMatchObject({
      message:
        'Cannot act on people of VO "astro" as "idp/grace": expected a manager or membership manager of the VO, or an admin of the instance',
    })
  })
})

import { afterEach, beforeEach, describe, expect, it } from '@jest/globals'
import type { MemberAct } from '../../../core/lifecycle/acts/standing.ts'
import {
  actOnMembers,
  explain,
  foldOutbox,
  inTransaction,
  listMembers,
  listStale,
  nextDue,
  readSnapshotInput,
  readWakes,
  runClock,
  verifyAudit,
  type ActAnswer,
} from '../../../store/index.ts'
import { createTestDatabase, type TestDatabase } from '../../support/test-database.ts'
import { add, apply, change, document, monday, row, smallWorld, stored } from './world.ts'

let database: TestDatabase

const noon = (day: string): Date => new Date(`${day}T12:00:00Z`)

/** Ada is in telescope, grace in telescope:operators; telescope is on cluster, the whole VO on archive. */
beforeEach(async () => {
  database = await createTestDatabase()
  const archive = { facility: 'hpc', services: ['passwd'], groups: ['members'] }
  await apply(database.pool, [...smallWorld(), add(document('Resource', 'archive', archive, 'astro'))])
})

afterEach(async () => database.drop())

type Kind = 'Group' | 'Resource' | 'VO'

/** Gives an object a date, or takes it away, in a commit of that moment. */
// eslint-disable-next-line @typescript-eslint/max-params -- read as one line of a table
async function date(kind: Kind, name: string, expires: string | undefined, asOf = monday): Promise<void> {
  const have = await stored(database.pool, kind, name)
  const spec = Object.fromEntries(Object.entries(have.spec).filter(([key]) => key !== 'expires'))
  const want = document(kind, name, { ...spec, ...(expires === undefined ? {} : { expires }) }, have.vo)
  await apply(database.pool, [{ ...change(have, want), fields: ['expires'] }], { asOf })
}

async function run(now: Date): Promise<void> {
  for (;;) {
    const step = await inTransaction(database.pool, (tx) => runClock(tx, { vo: 'astro', now, atMost: 100 }))
    if (!step.more) return
  }
}

function nameIn(things: readonly { readonly name: string }[], index: number): string {
  return things[index]?.name ?? ''
}

function nameOf({ identities }: { readonly identities: readonly string[] }): string {
  return identities[0] ?? ''
}

/** Who has access to cluster and archive by the files, and who is in the files of groups. */
async function delivered(): Promise<object> {
  const needs = { carriesStatus: true, requires: [], uses: [] }
  return inTransaction(
    database.pool,
    async (tx) => {
      const input = await readSnapshotInput(tx, { facility: 'hpc', service: 'passwd' }, needs)
      const people: Record<string, string[]> = { archive: [], cluster: [] }
      const groups: Record<string, string[]> = {}
      for await (const list of input.members())
        for (const { resource, account } of list) people[nameIn(input.resources, resource)]?.push(nameOf(account))
      for await (const list of input.groupMembers())
        for (const { group, account } of list) (groups[nameIn(input.groups, group)] ??= []).push(nameOf(account))
      return { ...people, groups }
    },
    { isolation: 'repeatable read' },
  )
}

async function missing(identity: string, resource = 'cluster', asOf?: string): Promise<readonly string[]> {
  const when = asOf === undefined ? { askedAt: monday } : { askedAt: noon('2026-12-31'), asOf }
  const question = { identity, vo: 'astro', resource, ...when }
  const { access, missing: facts } = await explain(database.pool, question)
  return access ? ['access'] : facts.map(({ code, message }) => `${code}: ${message}`)
}

async function act(name: MemberAct, user: string, group?: string): Promise<ActAnswer[]> {
  const input = { vo: 'astro', act: name, reason: '', cause: { actor: 'local/test' }, now: noon('2026-03-05') }
  return inTransaction(database.pool, (tx) =>
    actOnMembers(tx, { ...input, ...(group === undefined ? {} : { group }), requests: [{ user }] }),
  )
}

async function staleSince(work: () => Promise<void>): Promise<readonly string[]> {
  await database.pool.query('delete from outbox; delete from stale')
  await work()
  await inTransaction(database.pool, (tx) => foldOutbox(tx, 100))
  return (await listStale(database.pool)).flatMap(({ services }) => services)
}

const [ada, grace] = ['idp/ada', 'idp/grace']
const everybody = { archive: [ada, grace], cluster: [ada, grace] }
const all = { ...everybody, groups: { members: [ada, grace], telescope: [ada, grace] } }

describe('a date of a resource', () => {
  it('is that of a VO too which was over before the resource was made', async () => {
    await date('VO', 'astro', '2026-01-02')
    const late = { facility: 'hpc', services: ['passwd'], groups: ['bio/members'] }
    await apply(database.pool, [add(document('VO', 'bio')), row('add', 'bio', ada)])
    await apply(database.pool, [add(document('Resource', 'late', late, 'astro'))])

    expect(await missing(ada, 'late')).toEqual(['vo-expired: VO "astro" expired on 2026-01-02'])
  })

  it('closes it at the first moment of the day, tells its services, and why says so', async () => {
    await date('Resource', 'cluster', '2026-03-01')

    expect((await readWakes(database.pool)).vos).toContain('astro')
    expect(await nextDue(database.pool, 'astro')).toEqual({
      ...{ at: new Date('2026-03-01T00:00:00Z'), kind: 'end', count: 1 },
    })
    await run(new Date('2026-02-28T23:59:59Z'))
    expect(await delivered()).toEqual(all)
    expect(await staleSince(() => run(noon('2026-03-02')))).toEqual(['passwd'])
    expect(await delivered()).toEqual({ ...all, cluster: [], groups: { members: [ada, grace] } })
    expect(await missing(ada)).toEqual(['resource-expired: resource "astro/cluster" expired on 2026-03-01'])
    expect(await nextDue(database.pool, 'astro')).toEqual({ at: undefined, count: 0 })
    expect(await missing(ada, 'cluster', '2026-02-28')).toEqual(['access'])
    expect(await missing(ada, 'cluster', '2026-03-01')).toEqual(['resource-expired: resource "astro/cluster" expired'])
  })

  it('lets in elsewhere whoever waited only for what it asked for, and tells the services there', async () => {
    const wiki = { facility: 'cloud', services: ['wiki'], groups: ['members'] }
    await apply(database.pool, [
      add(document('Service', 'wiki', { generator: 'passwd' })),
      add(document('Facility', 'cloud', { services: { wiki: {} } })),
      add(document('Resource', 'wiki', wiki, 'astro')),
    ])
    await date('Resource', 'archive', '2026-02-01')
    await date('Resource', 'cluster', '2026-03-01')
    const statuses = [{ vo: 'astro', user: 'idp/linus', status: 'INVALID' as const }]
    await apply(database.pool, [row('add', 'astro/telescope', 'idp/linus')], { statuses })
    await run(noon('2026-02-02'))
    expect(await missing('idp/linus', 'wiki')).not.toEqual(['access'])

    expect(await staleSince(() => run(noon('2026-03-02')))).toEqual(['wiki', 'passwd'])

    expect(await missing('idp/linus', 'wiki')).toEqual(['access'])
  })

  it('that is lifted or moved opens it again, and the past stays what it was', async () => {
    await date('Resource', 'cluster', '2026-01-02')
    expect(await delivered()).toMatchObject({ cluster: [] })

    expect(await staleSince(() => date('Resource', 'cluster', undefined, noon('2026-01-10')))).toEqual(['passwd'])

    expect(await delivered()).toEqual(all)
    expect(await missing(ada, 'cluster', '2026-01-08')).toEqual(['resource-expired: resource "astro/cluster" expired'])
    expect(await missing(ada, 'cluster', '2026-01-10')).toEqual(['access'])
    expect((await verifyAudit(database.pool)).valid).toBe(true)
  })
})

describe('a date of a group', () => {
  it('makes it count as empty, for access and for what it lies in, while its rows stay', async () => {
    await date('Group', 'telescope:operators', '2026-03-01')

    expect(await staleSince(() => run(noon('2026-03-01')))).toEqual(['passwd'])
    expect(await delivered()).toEqual({
      ...{ archive: [ada, grace], cluster: [ada] },
      groups: { members: [ada, grace], telescope: [ada] },
    })
    expect(await missing(grace)).toEqual([
      'group-expired: group "astro/telescope:operators" expired on 2026-03-01, and counts as empty',
    ])
    const listed = await listMembers(database.pool, { vo: 'astro', group: 'telescope:operators' })
    expect(listed.members).toMatchObject([{ user: grace, status: 'EXPIRED', direct: true }])
    expect((await listMembers(database.pool, { vo: 'astro', group: 'telescope' })).members).toHaveLength(1)
    expect(await missing(grace, 'cluster', '2026-02-28')).toEqual(['access'])
    expect(await act('add', grace, 'telescope:operators')).toMatchObject([{ refused: { reason: 'group-expired' } }])

    await date('Group', 'telescope:operators', '2027-01-01', noon('2026-03-09'))
    expect(await delivered()).toEqual(all)
  })

  it('cuts off what is reached only through it', async () => {
    await date('Group', 'telescope', '2026-01-01')

    expect(await delivered()).toEqual({ archive: [ada, grace], cluster: [], groups: { members: [ada, grace] } })
    const events = await database.pool.query(
      `select action, e.kind, e.vo, name, personal from event e join event_detail on event_id = id where action = 'end'`,
    )
    expect(events.rows).toEqual([
      { action: 'end', kind: 'Group', vo: 'astro', name: 'telescope', personal: { expires: '2026-01-01' } },
    ])
  })
})

describe('a date of a VO', () => {
  it('ends all access by it and lets nobody in, but its members and their dates stay', async () => {
    await act('add', 'idp/new')
    await date('VO', 'astro', '2026-03-01')
    await run(noon('2026-03-05'))

    expect(await delivered()).toEqual({ archive: [], cluster: [], groups: {} })
    expect(await missing(ada)).toEqual(['vo-expired: VO "astro" expired on 2026-03-01'])
    expect(await missing(ada, 'archive')).toEqual(['vo-expired: VO "astro" expired on 2026-03-01'])
    const { members } = await listMembers(database.pool, { vo: 'astro' })
    expect(members.map(({ status }) => status)).toEqual(['VALID', 'VALID', 'VALID'])
    expect([...(await act('add', 'idp/newer')), ...(await act('extend', 'idp/new'))]).toMatchObject([
      { refused: { reason: 'vo-expired' } },
      { refused: { reason: 'vo-expired' } },
    ])
    expect(await act('add', ada, 'telescope:operators')).toMatchObject([{ refused: { reason: 'vo-expired' } }])
    expect(await act('remove', 'idp/new')).toMatchObject([{ status: null }])

    expect(await staleSince(() => date('VO', 'astro', undefined, noon('2026-03-09')))).toEqual(['passwd'])
    expect(await delivered()).toEqual(all)
    expect(await missing(ada, 'archive', '2026-03-05')).toEqual(['vo-expired: VO "astro" expired'])
    expect((await verifyAudit(database.pool)).valid).toBe(true)
  })

  it('that passed while nothing ran counts from its own moment', async () => {
    await date('VO', 'astro', '2026-03-01')
    await run(noon('2026-04-20'))

    const { rows } = await database.pool.query('select over_since from vo')
    expect(rows).toEqual([{ over_since: new Date('2026-03-01T00:00:00Z') }])
  })
})

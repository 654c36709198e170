import { afterAll, beforeAll, describe, expect, it } from '@jest/globals'
import type { ListedMember, MembersAnswer } from '../../../../core/model/answers.ts'
import { edited, twoVos } from './config.ts'
import { openContractWorld, type ContractWorld } from './world.ts'

/** Beside what git says: people whose logins sort by code point only, and a group that git does not govern any more. */
const files = {
  ...edited(
    edited(twoVos, 'astro/vo.yaml', [
      'spec: { members: [] }',
      'spec: { members: [idp/Zoe, idp/abe, idp/éva, idp/_x, "idp/𝒶", idp/Ａ] }',
    ]),
    'astro/vo.yaml',
    ['spec: { members: [idp/bob], includes', 'spec: { members: [idp/bob, github/ada-l], includes'],
  ),
  'astro/more.yaml':
    'apiVersion: guildhall/v1\nkind: Group\nmetadata: { vo: astro, name: "nobody:else" }\nspec: { members: [] }\n',
}

interface RowOfTest {
  readonly vo?: string
  readonly group?: string
  readonly user: string
  readonly origin: string
  readonly source?: string
  readonly status?: 'VALID' | 'EXPIRED'
  readonly expires?: string
}

describe('members --json', () => {
  let world: ContractWorld
  beforeAll(async () => {
    world = await openContractWorld()
    await world.apply(files)
    await addRows([
      { user: 'idp/ada', origin: 'manager', expires: '2027-03-01' },
      { user: 'idp/dan', origin: 'sync', source: 'hr' },
      { user: 'idp/dan', origin: 'application', expires: '2027-01-31' },
      { user: 'idp/gil', origin: 'sponsor' },
      { vo: 'history', user: 'idp/dan', origin: 'application', expires: '2027-01-31' },
      { vo: 'history', user: 'idp/dan', origin: 'sponsor', expires: '2026-12-31' },
      {
        vo: 'history',
        group: 'curators',
        user: 'idp/dan',
        origin: 'manager',
        status: 'EXPIRED',
        expires: '2026-10-01',
      },
      { vo: 'history', group: 'curators', user: 'idp/cyd', origin: 'manager', expires: '2026-12-24' },
      {
        vo: 'history',
        group: 'curators',
        user: 'idp/cyd',
        origin: 'sync',
        source: 'hr',
        status: 'EXPIRED',
        expires: '2026-10-01',
      },
      { vo: 'history', group: 'curators', user: 'idp/hal', origin: 'manager' },
      { vo: 'history', group: 'curators', user: 'idp/bob', origin: 'rule' },
    ])
  })
  afterAll(async () => world.close())

  async function members(...args: readonly string[]): Promise<readonly ListedMember[]> {
    const { exitCode, json } = await world.answer('members', ...args)
    const answer = json as MembersAnswer
    expect({ exitCode, keys: Object.keys(answer) }).toEqual({ exitCode: 0, keys: ['members'] })
    return answer.members
  }

  async function memberOf(user: string, ...args: readonly string[]): Promise<ListedMember | undefined> {
    return (await members(...args)).find((member) => member.user === user)
  }

  it('names a person by the first identity, with all of them, and has no date where there is none', async () => {
    expect(await memberOf('idp/bob', '--vo', 'astro')).toEqual({
      ...{ user: 'idp/bob', identities: ['idp/bob'], status: 'VALID', direct: false, origins: ['config'] },
    })
    expect((await memberOf('idp/ada', '--vo', 'astro'))?.identities).toEqual(['idp/ada', 'github/ada-l'])
  })

  it('lists every origin that makes a member once, sorted, with the source of a sync', async () => {
    expect(await memberOf('idp/dan', '--vo', 'astro')).toEqual({
      ...{ user: 'idp/dan', identities: ['idp/dan'], status: 'VALID', direct: true },
      origins: ['application', 'config', 'sync:hr'],
    })
  })

  it('counts rows of groups in a VO only where they make a member of the VO', async () => {
    expect(await memberOf('idp/cyd', '--vo', 'history')).toMatchObject({ direct: false, origins: ['sync:hr'] })
    expect(await memberOf('idp/bob', '--vo', 'history')).toMatchObject({ direct: true, origins: ['config', 'rule'] })
    expect(await memberOf('idp/hal', '--vo', 'history')).toMatchObject({ direct: true, origins: ['config'] })
  })

  it('is direct in the VO by a row of the VO itself, in a group by one of the group itself', async () => {
    const direct = async (...args: readonly string[]) =>
      Object.fromEntries((await members(...args)).map((member) => [member.user, member.direct]))

    expect(await direct('--vo', 'astro', '--group', 'telescope')).toEqual({
      ...{ 'idp/ada': true, 'idp/bob': false, 'idp/cyd': false, 'idp/dan': false, 'idp/eve': false },
    })
    expect(await direct('--vo', 'astro', '--group', 'telescope:operators')).toEqual({
      ...{ 'idp/ada': true, 'idp/bob': true, 'idp/cyd': false, 'idp/dan': false, 'idp/eve': false },
    })
    expect(await direct('--vo', 'astro', '--group', 'members')).toMatchObject({ 'idp/ada': true, 'idp/bob': false })
  })

  it('has the latest date of the rows, and none where one has none', async () => {
    expect(await memberOf('idp/dan', '--vo', 'history')).toMatchObject({ expires: '2027-01-31' })
    expect(await memberOf('idp/cyd', '--vo', 'history', '--group', 'curators')).toMatchObject({ expires: '2026-12-24' })
    for (const who of ['idp/ada', 'idp/dan', 'idp/gil'])
      expect(await memberOf(who, '--vo', 'astro')).not.toHaveProperty('expires')
  })

  it('is VALID in a group by any VALID row, and never better than the VO', async () => {
    const status = async (...args: readonly string[]) =>
      Object.fromEntries((await members(...args)).map((member) => [member.user, member.status]))

    expect(await status('--vo', 'history')).toEqual({
      ...{ 'idp/bob': 'VALID', 'idp/cyd': 'VALID', 'idp/dan': 'VALID', 'idp/gil': 'VALID', 'idp/hal': 'INVALID' },
    })
    expect(await status('--vo', 'history', '--group', 'curators')).toEqual({
      ...{ 'idp/bob': 'VALID', 'idp/cyd': 'VALID', 'idp/dan': 'EXPIRED', 'idp/gil': 'VALID', 'idp/hal': 'INVALID' },
    })
    await world.database.pool.query(
      `update member set status = 'DISABLED' where person_id in (select person_id from identity where ref in ('idp/dan', 'idp/gil'))
       and vo_id = (select id from vo where name = 'history')`,
    )
    expect(await status('--vo', 'history', '--group', 'curators')).toMatchObject({
      'idp/dan': 'DISABLED',
      'idp/gil': 'DISABLED',
    })
  })

  it('is sorted by code point', async () => {
    expect((await members('--vo', 'astro', '--group', 'nobody')).map(({ user }) => user)).toEqual([
      ...['idp/Zoe', 'idp/_x', 'idp/abe', 'idp/éva', 'idp/Ａ', 'idp/𝒶'],
    ])
  })

  it('keeps a member whom no row holds any more, without origins', async () => {
    await world.apply(edited(files, 'history/vo.yaml', ['members: [idp/gil], ', '']), 'decade'.padEnd(40, '0'))

    expect(await memberOf('idp/gil', '--vo', 'history')).toEqual({
      ...{ user: 'idp/gil', identities: ['idp/gil'], status: 'DISABLED', direct: false, origins: [] },
    })
    expect(await memberOf('idp/gil', '--vo', 'history', '--group', 'curators')).toMatchObject({ origins: ['manager'] })
  })

  it('is empty for an empty group, and an error for what is not in force', async () => {
    expect(await members('--vo', 'astro', '--group', 'nobody:else')).toEqual([])
    expect(await members('--vo', 'astro', '--group', 'nobody:at-all').catch(String)).toContain('OBJECT_UNKNOWN')
    expect(await members('--vo', 'nowhere').catch(String)).toContain('OBJECT_UNKNOWN')
  })

  /** Rows as the life cycle will write them, and the VO members they make. */
  async function addRows(rows: readonly RowOfTest[]): Promise<void> {
    const { pool } = world.database
    for (const { vo = 'astro', group, user, origin, source = '', status = 'VALID', expires } of rows) {
      await pool.query(
        `insert into membership (vo_id, group_id, person_id, origin, origin_name, status, expires, since)
         select vo.id, (select id from groups g where g.vo_id = vo.id and g.name = $2), i.person_id, $4, $5, $6::status, $7::date, '2026-11-01Z'
         from vo, identity i where vo.name = $1 and i.ref = $3`,
        [vo, group, user, origin, source, status, expires],
      )
      await pool.query(
        `insert into member (vo_id, person_id, status, since) select vo.id, i.person_id, 'VALID', '2026-11-01Z'
         from vo, identity i where vo.name = $1 and i.ref = $2 on conflict do nothing`,
        [vo, user],
      )
    }
  }
})

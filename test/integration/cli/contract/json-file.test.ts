import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it, jest } from '@jest/globals'
import { openWorld, type World } from '../../bars/world.ts'
import { edited, twoVos, type Files } from './config.ts'

jest.setTimeout(120_000)

interface Written {
  readonly facility: string
  readonly service: string
  readonly generation: number
  readonly resources: readonly {
    readonly vo: string
    readonly name: string
    readonly capabilities: readonly string[]
    readonly members: readonly object[]
  }[]
}

describe('the file of the json generator', () => {
  let world: World
  beforeAll(async () => {
    world = await openWorld()
    await settle(twoVos)
  })
  afterAll(async () => world.close())

  async function settle(files: Files): Promise<void> {
    await world.commit(new Map(Object.entries(files)))
    expect(await world.settle()).toMatchObject({ held: 0 })
  }

  function written(path: string, service: string): Written {
    return JSON.parse(readFileSync(join(world.out, path, service, `${service}.json`), 'utf8')) as Written
  }

  function member(login: string, uid: number, ...others: readonly string[]): object {
    const attributes = { 'user-facility.uid': uid, 'user.login': login }
    return { identities: [`idp/${login}`, ...others], status: 'VALID', attributes }
  }

  const ada = ['idp/ada', 'github/ada-l']
  const named = (...identities: readonly string[]): object => ({ identities, status: 'VALID', attributes: {} })

  it('has every resource with the service, also empty ones, with its own capabilities and what the service requires', () => {
    const uids = uidsOf(written('hpc', 'people'))

    expect(written('hpc', 'people')).toEqual({
      facility: 'hpc',
      service: 'people',
      generation: 1,
      resources: [
        {
          ...{ vo: 'astro', name: 'batch', capabilities: ['res:batch:act:cancel', 'res:batch:act:submit'] },
          members: [
            member('ada', uids('ada'), 'github/ada-l'),
            ...['bob', 'cyd', 'dan'].map((login) => member(login, uids(login))),
          ],
        },
        { vo: 'astro', name: 'consoles', capabilities: [], members: [member('dan', uids('dan'))] },
        { vo: 'astro', name: 'quiet', capabilities: ['res:quiet'], members: [] },
      ],
    })
    expect(new Set(['ada', 'bob', 'cyd', 'dan'].map(uids)).size).toBe(4)
  })

  it('has no attributes where the service requires none', () => {
    expect(written('hpc', 'names').resources).toEqual([
      { vo: 'astro', name: 'consoles', capabilities: [], members: [named('idp/dan')] },
      { vo: 'astro', name: 'quiet', capabilities: ['res:quiet'], members: [] },
      { vo: 'astro', name: 'spare', capabilities: [], members: [] },
    ])
  })

  it('lists both VOs of a facility by name, nobody INVALID, and nobody on a resource outside its offer', () => {
    expect(written('archive', 'names').resources).toEqual([
      {
        ...{ vo: 'astro', name: 'lounge', capabilities: [] },
        members: [named(...ada), ...['bob', 'cyd', 'dan', 'gil'].map((login) => named(`idp/${login}`))],
      },
      { vo: 'astro', name: 'workshop', capabilities: [], members: [named('idp/dan')] },
      { vo: 'history', name: 'room', capabilities: [], members: [named('idp/bob'), named('idp/gil')] },
    ])
    expect(written('archive', 'people').resources).toMatchObject([
      { vo: 'astro', name: 'beyond', members: [] },
      { vo: 'history', name: 'room', members: [{}, {}] },
    ])
  })

  it('has the value that the facility uses under the name that the service asks for', () => {
    expect(written('archive', 'people').resources[1]?.members).toMatchObject([
      { identities: ['idp/bob'], attributes: { 'user.login': 's-bob', 'user-facility.uid': expect.any(Number) } },
      { identities: ['idp/gil'], attributes: { 'user.login': 's-gil' } },
    ])
  })

  it('says of an ended membership that it ended', async () => {
    const { pool } = world.parts
    await pool.query(
      `update member set status = 'EXPIRED' where person_id = (select person_id from identity where ref = 'idp/bob')`,
    )
    await settle(
      edited(twoVos, 'history/vo.yaml', ['groups: [members] }', 'groups: [members], capabilities: ["res:room"] }']),
    )

    expect(written('archive', 'names').resources[2]).toEqual({
      ...{ vo: 'history', name: 'room', capabilities: ['res:room'] },
      members: [{ identities: ['idp/bob'], status: 'EXPIRED', attributes: {} }, named('idp/gil')],
    })
    expect(written('archive', 'names').generation).toBe(2)
    expect(written('hpc', 'names').generation).toBe(1)
  })

  it('is the same in every destination', () => {
    expect(written('hpc-copy', 'people')).toEqual(written('hpc', 'people'))
  })
})

/** Which uid the file gives to whom. */
function uidsOf({ resources }: Written): (login: string) => number {
  const text = JSON.stringify(resources)
  return (login) => Number(new RegExp(`"user-facility.uid":(\\d+),"user.login":"${login}"`).exec(text)?.[1])
}

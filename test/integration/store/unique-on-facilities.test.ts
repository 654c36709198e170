import { afterEach, beforeEach, describe, expect, it } from '@jest/globals'
import { changeValues, inTransaction } from '../../../store/index.ts'
import type { JsonValue } from '../../../core/model/json.ts'
import * as built from '../../support/builders.ts'
import { createTestDatabase, type TestDatabase } from '../../support/test-database.ts'
import { bringApproved, findingsOf, planOn } from './commits.ts'
import { monday } from './world.ts'

let database: TestDatabase

beforeEach(async () => {
  database = await createTestDatabase()
})

afterEach(async () => database.drop())

const seat = 'member-resource.seat'

interface Places {
  /** The facility of each resource; none where it is not there. */
  readonly desk?: string
  readonly shelf?: string
  readonly attic?: string
}

/** Resources `astro/desk`, `astro/shelf` and `bio/attic` with ada and grace on all of them. */
function commit({ desk, shelf, attic }: Places): built.Document[] {
  const groups = ['telescope']
  return [
    built.instance(),
    built.source('idp'),
    built.attribute(seat, { type: 'string', unique: 'facility', write: ['self'] }),
    ...['east', 'north', 'south'].map((name) => built.facility(name)),
    ...['astro', 'bio'].flatMap((vo) => [
      built.vo(vo),
      built.group(`${vo}/telescope`, { members: ['idp/ada', 'idp/grace'] }),
    ]),
    ...(desk === undefined ? [] : [built.resource('astro/desk', { facility: desk, groups })]),
    ...(shelf === undefined ? [] : [built.resource('astro/shelf', { facility: shelf, groups })]),
    ...(attic === undefined ? [] : [built.resource('bio/attic', { facility: attic, groups })]),
  ]
}

async function sit(user: string, resource: string, value: JsonValue = 'A1'): Promise<string> {
  const holder = { holder: 'member-resource', names: resource.split('/'), user } as const
  const [answer] = await inTransaction(database.pool, (tx) =>
    changeValues(tx, {
      requests: [{ holder, name: seat, value }],
      ...{ reason: '', now: monday, cause: { actor: 'local/test' }, compileSchema: built.anyValueFits },
    }),
  )
  return answer !== undefined && 'refused' in answer ? answer.refused.reason : 'taken'
}

async function claims(): Promise<readonly string[]> {
  const { rows } = await database.pool.query<{ claim: string }>(
    `select f.name || ' ' || p.identities[1] as claim
     from attribute_unique u join facility f on f.id = u.within join person p on p.id = u.subject where u.attribute = $1 order by 1`,
    [seat],
  )
  return rows.map(({ claim }) => claim)
}

describe('what must be unique on a facility', () => {
  it('moves there with its resource, and is free where that was', async () => {
    await bringApproved(database.pool, commit({ desk: 'north' }))
    await sit('idp/ada', 'astro/desk')

    await bringApproved(database.pool, commit({ desk: 'south' }))
    expect(await claims()).toEqual(['south idp/ada'])
    await bringApproved(database.pool, commit({ desk: 'south', shelf: 'north' }))

    expect(await sit('idp/grace', 'astro/shelf')).toBe('taken')
    expect(await claims()).toEqual(['north idp/grace', 'south idp/ada'])
  })

  it('keeps a resource away from a facility where somebody else has it', async () => {
    await bringApproved(database.pool, commit({ desk: 'north', shelf: 'south' }))
    await sit('idp/ada', 'astro/desk')
    await sit('idp/grace', 'astro/shelf')

    const { plan } = await planOn(database.pool, commit({ desk: 'north', shelf: 'north' }))

    expect(findingsOf(plan)).toEqual([
      'Resource-astro-shelf.yaml:1 duplicate: "idp/grace" on Resource "astro/shelf" cannot have member-resource.seat "A1": the value is unique and "idp/ada" on Resource "astro/desk" has it',
    ])
  })

  it('may change places with another one of its VO', async () => {
    await bringApproved(database.pool, commit({ desk: 'north', shelf: 'south' }))
    await sit('idp/ada', 'astro/desk')
    await sit('idp/grace', 'astro/shelf')

    const plan = await bringApproved(database.pool, commit({ desk: 'south', shelf: 'north' }))

    expect(findingsOf(plan)).toEqual([])
    expect(await claims()).toEqual(['north idp/grace', 'south idp/ada'])
  })

  it('is free only after the VO of the resource that leaves has had its turn', async () => {
    await bringApproved(database.pool, commit({ desk: 'north', attic: 'south' }))
    await sit('idp/ada', 'astro/desk')
    await sit('idp/grace', 'bio/attic')

    const early = await planOn(database.pool, commit({ desk: 'south', attic: 'east' }))
    const late = await bringApproved(database.pool, commit({ desk: 'east', attic: 'north' }))

    expect(findingsOf(early.plan)).toEqual([
      'Resource-astro-desk.yaml:1 duplicate: "idp/ada" on Resource "astro/desk" cannot have member-resource.seat "A1": the value is unique, and "idp/grace" on Resource "bio/attic" has it until later in the apply; take it away there in a commit before',
    ])
    expect(findingsOf(late)).toEqual([])
    expect(await claims()).toEqual(['east idp/ada', 'north idp/grace'])
  })

  it('goes by who came first where it is derived', async () => {
    const nick = built.attribute('user.nick', { type: 'string', write: ['self'] })
    const sign = built.attribute('member-resource.sign', { type: 'string', unique: 'facility', derive: 'user.nick' })
    const signed = (places: Places) => [...commit(places), nick, sign]
    await bringApproved(database.pool, signed({ desk: 'north', shelf: 'south' }))
    await inTransaction(database.pool, (tx) =>
      changeValues(tx, {
        requests: [{ holder: { holder: 'user', names: [], user: 'idp/ada' }, name: 'user.nick', value: 'A' }],
        ...{ reason: '', now: monday, cause: { actor: 'local/test' }, compileSchema: built.anyValueFits },
      }),
    )
    const signs = async () =>
      (
        await database.pool.query<{ place: string }>(
          `select r.name as place from attribute_value v join resource r on r.id = v.object
           where v.attribute = 'member-resource.sign' order by 1`,
        )
      ).rows.map(({ place }) => place)
    expect(await signs()).toEqual(['desk', 'shelf'])

    const plan = await bringApproved(database.pool, signed({ desk: 'north', shelf: 'north' }))

    expect(findingsOf(plan)).toEqual([])
    expect(await signs()).toHaveLength(1)
    await bringApproved(database.pool, signed({ desk: 'north', shelf: 'south' }))
    expect(await signs()).toEqual(['desk', 'shelf'])
  })

  it('is no hindrance once the other resource is gone, by the same commit too', async () => {
    await bringApproved(database.pool, commit({ desk: 'north', shelf: 'south' }))
    await sit('idp/ada', 'astro/desk')
    await sit('idp/grace', 'astro/shelf')

    const plan = await bringApproved(database.pool, commit({ shelf: 'north' }))

    expect(findingsOf(plan)).toEqual([])
    expect(await claims()).toEqual(['north idp/grace'])
  })
})

import { afterEach, beforeEach, describe, expect, it } from '@jest/globals'
import { renderJson } from '../../../core/plan/render-json.ts'
import type { JsonObject, JsonValue } from '../../../core/model/json.ts'
import { attribute, facility, group, instance, resource, source, vo, type Document } from '../../support/builders.ts'
import { createTestDatabase, type TestDatabase } from '../../support/test-database.ts'
import { bring } from './commits.ts'

let database: TestDatabase

beforeEach(async () => {
  database = await createTestDatabase()
})

afterEach(async () => {
  await database.drop()
})

const ground: readonly Document[] = [
  ...[instance(), source('idp')],
  ...['vo.motto', 'host.room', 'group-resource.queue', 'member.badge', 'member-group.shift'].map((name) =>
    attribute(name, { type: 'string' }),
  ),
]

interface World {
  readonly room?: string
  readonly queue?: string
  readonly motto?: string
  readonly badge?: string
  readonly shift?: string
}

/** Values where a key is given; each is of another holder. */
function world({ room, queue, motto, badge, shift }: World, names = { vo: 'astro', group: 'ops' }): Document[] {
  const given = (name: string, value: string | undefined): { readonly attributes?: JsonObject } =>
    value === undefined ? {} : { attributes: { [name]: value } }
  const previously = names.vo === 'astro' ? {} : { previously: ['astro'] }
  return [
    ...ground,
    facility('hpc', { hosts: [{ name: 'login1', ...given('room', room) }] }),
    vo(names.vo, { ...given('motto', motto), members: [{ user: 'idp/ada', ...given('badge', badge) }], ...previously }),
    group(`${names.vo}/${names.group}`, {
      members: [{ user: 'idp/ada', ...given('shift', shift) }, 'idp/grace'],
      ...(names.group === 'ops' ? {} : { previously: ['ops'] }),
    }),
    resource(`${names.vo}/batch`, { groups: [{ group: names.group, ...given('queue', queue) }] }),
  ]
}

async function commit(documents: readonly Document[]): Promise<JsonValue> {
  return renderJson(await bring(database.pool, documents))['changes'] ?? []
}

async function held(): Promise<object> {
  const { rows } = await database.pool.query<{ attribute: string; value: string; origin: string }>(
    `select attribute, value #>> '{}' as value, origin from attribute_value order by 1, 2`,
  )
  return Object.fromEntries(rows.map(({ attribute: name, value, origin }) => [name, `${value} (${origin})`]))
}

const all = { room: 'A1', queue: 'fast', motto: 'up', badge: '0042', shift: 'night' }

describe('values that git gives', () => {
  it('come with what they are of, change with it and go again, planned at their lines', async () => {
    await commit(world(all))
    const first = await held()
    const changes = await commit(world({ ...all, badge: '0043', shift: 'day' }))
    const second = await held()
    await commit(world({}))

    expect(first).toEqual({
      ...{ 'vo.motto': 'up (config)', 'host.room': 'A1 (config)', 'group-resource.queue': 'fast (config)' },
      ...{ 'member.badge': '0042 (config)', 'member-group.shift': 'night (config)' },
    })
    expect(changes).toEqual([
      {
        ...{ scope: 'vo:astro', action: 'change', kind: 'Member', vo: 'astro', name: 'astro', user: 'idp/ada' },
        attributes: { before: { badge: '0042' }, after: { badge: '0043' } },
        ...{ file: 'VO--astro.yaml', line: 2 },
      },
      {
        ...{ scope: 'vo:astro', action: 'change', kind: 'GroupMember', vo: 'astro', name: 'ops', user: 'idp/ada' },
        attributes: { before: { shift: 'night' }, after: { shift: 'day' } },
        ...{ file: 'Group-astro-ops.yaml', line: 2 },
      },
    ])
    expect(second).toMatchObject({ 'member.badge': '0043 (config)', 'member-group.shift': 'day (config)' })
    expect(await held()).toEqual({})
  })

  it('leave nothing to plan once they are applied', async () => {
    await commit(world(all))

    expect(await commit(world(all))).toEqual([])
  })

  it('are carried by renames of the VO and the group', async () => {
    await commit(world(all))
    const before = await held()
    const { rows } = await database.pool.query('select subject, object from attribute_value order by attribute')

    await commit(world(all, { vo: 'stars', group: 'crew' }))

    expect(await held()).toEqual(before)
    expect((await database.pool.query('select subject, object from attribute_value order by attribute')).rows).toEqual(
      rows,
    )
  })

  it('are carried by renames of their attributes, with what nobody gets again', async () => {
    await commit(world(all))
    await database.pool.query(
      `insert into retired_value (attribute, within, hash, person_id)
       select n.name, 0, value_hash(to_jsonb(n.text)), (select min(id) from person)
       from (values ('member.badge', '0041'), ('member.badge', '0040'), ('member.card', '0040')) n(name, text)`,
    )

    const card = attribute('member.card', { type: 'string' })
    const renamed = { ...card, object: { ...card.object, previously: ['member.badge'] } }
    const { room, queue, motto, shift } = all
    await commit([
      ...world({ room, queue, motto, shift }).filter(({ object }) => object.name !== 'member.badge'),
      renamed,
    ])

    const { rows } = await database.pool.query(
      `select attribute, hash = value_hash('"0041"') as "isFirst" from retired_value order by 2`,
    )
    expect(rows).toEqual([
      { attribute: 'member.card', isFirst: false },
      { attribute: 'member.card', isFirst: true },
    ])
  })

  it('of members go to the managers with the row, where git no longer names the members', async () => {
    await commit(world(all))

    await commit([...world(all).filter(({ object }) => object.kind !== 'Group'), group('astro/ops')])

    expect(await held()).toMatchObject({ 'member.badge': '0042 (config)', 'member-group.shift': 'night (manager)' })
  })

  it('of members go when the member is no longer named, and with the membership', async () => {
    await commit(world(all))
    await commit([
      ...world(all).filter(({ object }) => object.kind !== 'Group' && object.kind !== 'VO'),
      ...[vo('astro', { members: ['idp/grace'] }), group('astro/ops', { members: ['idp/grace'] })],
    ])

    expect(await held()).toEqual({ 'host.room': 'A1 (config)', 'group-resource.queue': 'fast (config)' })
  })
})

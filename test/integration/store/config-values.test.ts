import { afterEach, beforeEach, describe, expect, it } from '@jest/globals'
import { planCommit } from '../../../core/plan/plan-commit.ts'
import { renderJson } from '../../../core/plan/render-json.ts'
import type { JsonObject, JsonValue } from '../../../core/model/json.ts'
import type { Pool } from '../../../store/index.ts'
import {
  anyValueFits,
  attribute,
  desire,
  facility,
  group,
  instance,
  resource,
  source,
  vo,
  type Document,
} from '../../support/builders.ts'
import { createTestDatabase, type TestDatabase } from '../../support/test-database.ts'
import { apply, monday, stateOf } from './world.ts'

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

async function bring(pool: Pool, documents: readonly Document[]): Promise<JsonValue> {
  const { plan, apply: steps } = planCommit({
    ...{ state: await stateOf(pool), desired: desire(...documents), compileSchema: anyValueFits },
    ...{ frozen: [], approvals: [], asOf: monday },
  })
  await apply(
    pool,
    steps.flatMap(({ changes }) => changes),
    { statuses: plan.statuses, offers: plan.offers },
  )
  return renderJson(plan)['changes'] ?? []
}

async function held(pool: Pool): Promise<object> {
  const { rows } = await pool.query<{ attribute: string; value: string; origin: string }>(
    `select attribute, value #>> '{}' as value, origin from attribute_value order by 1, 2`,
  )
  return Object.fromEntries(rows.map(({ attribute: name, value, origin }) => [name, `${value} (${origin})`]))
}

const all = { room: 'A1', queue: 'fast', motto: 'up', badge: '0042', shift: 'night' }

describe('values that git gives', () => {
  it('come with what they are of, change with it and go again, planned at their lines', async () => {
    const { pool } = database
    await bring(pool, world(all))
    const first = await held(pool)
    const changes = await bring(pool, world({ ...all, badge: '0043', shift: 'day' }))
    const second = await held(pool)
    await bring(pool, world({}))

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
    expect(await held(pool)).toEqual({})
  })

  it('leave nothing to plan once they are applied', async () => {
    const { pool } = database
    await bring(pool, world(all))

    expect(await bring(pool, world(all))).toEqual([])
  })

  it('are carried by renames of the VO and the group', async () => {
    const { pool } = database
    await bring(pool, world(all))
    const before = await held(pool)
    const { rows } = await pool.query('select subject, object from attribute_value order by attribute')

    await bring(pool, world(all, { vo: 'stars', group: 'crew' }))

    expect(await held(pool)).toEqual(before)
    expect((await pool.query('select subject, object from attribute_value order by attribute')).rows).toEqual(rows)
  })

  it('are carried by renames of their attributes, with what nobody gets again', async () => {
    const { pool } = database
    await bring(pool, world(all))
    await pool.query(
      `insert into retired_value (attribute, within, hash, person_id)
       select n.name, 0, value_hash(to_jsonb(n.text)), (select min(id) from person)
       from (values ('member.badge', '0041'), ('member.badge', '0040'), ('member.card', '0040')) n(name, text)`,
    )

    const card = attribute('member.card', { type: 'string' })
    const renamed = { ...card, object: { ...card.object, previously: ['member.badge'] } }
    const { room, queue, motto, shift } = all
    await bring(pool, [
      ...world({ room, queue, motto, shift }).filter(({ object }) => object.name !== 'member.badge'),
      renamed,
    ])

    const { rows } = await pool.query(
      `select attribute, hash = value_hash('"0041"') as "isFirst" from retired_value order by 2`,
    )
    expect(rows).toEqual([
      { attribute: 'member.card', isFirst: false },
      { attribute: 'member.card', isFirst: true },
    ])
  })

  it('of members go to the managers with the row, where git no longer names the members', async () => {
    const { pool } = database
    await bring(pool, world(all))

    await bring(pool, [...world(all).filter(({ object }) => object.kind !== 'Group'), group('astro/ops')])

    expect(await held(pool)).toMatchObject({ 'member.badge': '0042 (config)', 'member-group.shift': 'night (manager)' })
  })

  it('of members go when the member is no longer named, and with the membership', async () => {
    const { pool } = database
    await bring(pool, world(all))
    await bring(pool, [
      ...world(all).filter(({ object }) => object.kind !== 'Group' && object.kind !== 'VO'),
      ...[vo('astro', { members: ['idp/grace'] }), group('astro/ops', { members: ['idp/grace'] })],
    ])

    expect(await held(pool)).toEqual({ 'host.room': 'A1 (config)', 'group-resource.queue': 'fast (config)' })
  })
})

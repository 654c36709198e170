import { afterEach, beforeEach, expect, it } from '@jest/globals'
import { generator as json } from '../../../connectors/generators/json/index.ts'
import { inTransaction, readSnapshotInput } from '../../../store/index.ts'
import { generate } from '../../connectors/generator-input.ts'
import { createTestDatabase, type TestDatabase } from '../../support/test-database.ts'
import { add, apply, change, document, row, smallWorld, stored } from './world.ts'

let database: TestDatabase

const names = [
  ...['member.badge', 'member-resource.quota', 'member-group.shift', 'vo.motto', 'group.colour', 'resource.size'],
  ...['group-resource.queue', 'facility.city', 'host.room'],
]

beforeEach(async () => {
  database = await createTestDatabase()
  await apply(database.pool, [
    ...smallWorld(),
    ...names.map((name) => add(document('Attribute', name, { type: 'string' }))),
    add(document('Service', 'export', { generator: 'json', requires: names })),
  ])
})

afterEach(async () => {
  await database.drop()
})

async function fill(...[name, object, user, value]: [string, string, string, string]): Promise<void> {
  await database.pool.query(
    `insert into attribute_value (attribute, subject, object, value, origin)
     select $1, i.person_id, (${object}), to_jsonb($3::text), 'manager' from identity i where i.ref = $2`,
    [name, user, value],
  )
}

it('a service is given values of members on their way to a resource, and of all things there', async () => {
  const { pool } = database
  const hpc = await stored(pool, 'Facility', 'hpc')
  const cluster = await stored(pool, 'Resource', 'cluster')
  const astro = await stored(pool, 'VO', 'astro')
  await apply(pool, [
    change(
      hpc,
      document('Facility', 'hpc', {
        services: { export: {} },
        attributes: { city: 'Brno' },
        hosts: [{ name: 'login1', attributes: { room: 'A1' } }],
      }),
    ),
    change(astro, document('VO', 'astro', { ...astro.spec, attributes: { motto: 'up' } })),
    change(
      cluster,
      document(
        'Resource',
        'cluster',
        {
          ...{ facility: 'hpc', services: ['export'], attributes: { size: 'big' } },
          groups: [{ group: 'telescope', attributes: { queue: 'fast' } }],
        },
        'astro',
      ),
    ),
    row('add', 'astro/telescope', 'idp/linus'),
  ])
  const telescope = `select id from groups where name = 'telescope'`
  for (const user of ['idp/ada', 'idp/linus']) {
    await fill('member.badge', `select id from vo where name = 'astro'`, user, `badge of ${user}`)
    await fill('member-resource.quota', `select id from resource where name = 'cluster'`, user, `quota of ${user}`)
  }
  await fill('member-group.shift', telescope, 'idp/ada', 'night')

  const made = await inTransaction(
    pool,
    async (tx) => {
      const input = await readSnapshotInput(tx, { facility: 'hpc', service: 'export' }, json)
      const { files } = await generate(json, input)
      const leftOut = []
      for await (const { user, reason } of input.leftOut()) leftOut.push(`${user} ${reason}`)
      const read: unknown = JSON.parse(files['export.json'] ?? '')
      return { read, leftOut }
    },
    { isolation: 'repeatable read' },
  )

  expect(made.read).toEqual({
    ...{ facility: 'hpc', service: 'export', generation: 7, attributes: { 'facility.city': 'Brno' } },
    hosts: [{ name: 'login1', attributes: { 'host.room': 'A1' } }],
    resources: [
      {
        ...{ vo: 'astro', name: 'cluster', capabilities: [], attributes: { 'resource.size': 'big', 'vo.motto': 'up' } },
        groups: [{ vo: 'astro', name: 'telescope', attributes: { 'group-resource.queue': 'fast' } }],
        members: [
          {
            ...{ identities: ['idp/ada', 'github/ada'], status: 'VALID' },
            attributes: {
              ...{ 'member.badge': 'badge of idp/ada', 'member-resource.quota': 'quota of idp/ada' },
              'member-group.shift': 'night',
            },
          },
        ],
      },
    ],
  })
  expect(made.leftOut).toEqual([
    'idp/grace has no member-group.shift, member-resource.quota, member.badge',
    'idp/linus has no member-group.shift',
  ])
})

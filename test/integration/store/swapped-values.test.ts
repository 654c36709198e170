import { afterEach, beforeEach, describe, expect, it } from '@jest/globals'
import { changeValues, inTransaction } from '../../../store/index.ts'
import { anyValueFits } from '../../support/builders.ts'
import { createTestDatabase, type TestDatabase } from '../../support/test-database.ts'
import { add, apply, document, row, smallWorld, tuesday } from './world.ts'

let database: TestDatabase

beforeEach(async () => {
  database = await createTestDatabase()
  await apply(database.pool, [
    ...smallWorld(),
    add(document('VO', 'bio')),
    add(document('Attribute', 'member.badge', { type: 'string', unique: 'vo' })),
    ...['idp/ada', 'idp/grace', 'idp/root'].map((user) => row('add', 'bio', user)),
  ])
  await badges(['idp/ada', '1'], ['idp/grace', '2'], ['idp/root', '3'])
})

afterEach(async () => database.drop())

async function badges(...wanted: readonly (readonly [user: string, badge?: string])[]) {
  const requests = wanted.map(([user, value]) => ({
    holder: { holder: 'member', names: ['bio'], user } as const,
    name: 'member.badge',
    ...(value === undefined ? {} : { value }),
  }))
  const said = { requests, reason: '', now: tuesday, cause: { actor: 'local/test' } }
  const answers = await inTransaction(database.pool, (tx) => changeValues(tx, { ...said, compileSchema: anyValueFits }))
  const { rows } = await database.pool.query<{ badge: string }>(
    `select p.identities[1] || ' ' || (v.value #>> '{}') as badge from attribute_value v
     join person p on p.id = v.subject where v.attribute = 'member.badge' order by 1`,
  )
  return [
    answers.map((one) => ('refused' in one ? one.refused.reason : 'value' in one ? one.value : 'held')),
    rows.map(({ badge }) => badge),
  ]
}

describe('a batch of values that must be unique', () => {
  it.each([
    ['one who gives it up first', [['idp/ada'], ['idp/grace', '1']], [null, '1'], ['idp/grace 1', 'idp/root 3']],
    ['one who gives it up afterwards', [['idp/grace', '1'], ['idp/ada']], ['1', null], ['idp/grace 1', 'idp/root 3']],
    [
      'each other',
      [
        ['idp/ada', '2'],
        ['idp/grace', '1'],
      ],
      ['2', '1'],
      ['idp/ada 2', 'idp/grace 1', 'idp/root 3'],
    ],
    [
      'each other in a circle',
      [
        ['idp/ada', '2'],
        ['idp/grace', '3'],
        ['idp/root', '1'],
      ],
      ['2', '3', '1'],
      ['idp/ada 2', 'idp/grace 3', 'idp/root 1'],
    ],
    [
      'nobody, as who has it is refused what they want instead',
      [
        ['idp/grace', '1'],
        ['idp/ada', '3'],
      ],
      ['taken', 'taken'],
      ['idp/ada 1', 'idp/grace 2', 'idp/root 3'],
    ],
    [
      'the first of two who ask for it',
      [
        ['idp/ada', '4'],
        ['idp/grace', '1'],
        ['idp/root', '1'],
      ],
      ['4', '1', 'taken'],
      ['idp/ada 4', 'idp/grace 1', 'idp/root 3'],
    ],
    [
      'each other, where the first who asks could not have it without that',
      [
        ['idp/root', '1'],
        ['idp/ada', '2'],
        ['idp/grace', '1'],
      ],
      ['taken', '2', '1'],
      ['idp/ada 2', 'idp/grace 1', 'idp/root 3'],
    ],
  ] as const)('lets them go to %s', async (...[, wanted, answers, standing]) => {
    expect(await badges(...wanted)).toEqual([answers, standing])
  })
})

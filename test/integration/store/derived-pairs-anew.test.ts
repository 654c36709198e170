import { afterEach, beforeEach, expect, it } from '@jest/globals'
import fc from 'fast-check'
import type { JsonValue } from '../../../core/model/json.ts'
import { naivePairs } from '../../support/naive-pairs.ts'
import { createTestDatabase, type TestDatabase } from '../../support/test-database.ts'
import { pairDefinitions, pairsIn, pairsWorld } from './pairs-world.ts'
import { apply, row } from './world.ts'

let database: TestDatabase

const { act, commit, identity, set } = pairsIn(() => database.pool)

beforeEach(async () => {
  database = await createTestDatabase()
  await pairsWorld(database.pool)
})

afterEach(async () => database.drop())

it('derived values of identities and pairs are what computing everything anew gives, after any changes', async () => {
  await apply(database.pool, pairDefinitions())
  const people = ['idp/ada', 'idp/grace', 'idp/linus', 'idp/new']
  const step = fc.record({
    kind: fc.constantFrom(...steps),
    user: fc.constantFrom(...people),
    value: fc.constantFrom('x', 'yy', undefined),
    group: fc.constantFrom('telescope', 'telescope:operators'),
  })
  await fc.assert(
    fc.asyncProperty(fc.array(step, { minLength: 1, maxLength: 12 }), async (all) => {
      for (const one of all) await doOne(one)
      expect(await everything()).toEqual(await naivePairs(database.pool))
    }),
    { numRuns: 25 },
  )
})

const steps = [
  ...(['role', 'extra', 'shift', 'note', 'join', 'leave', 'enter', 'quit'] as const),
  ...(['home', 'code', 'base', 'assign', 'include', 'over', 'row'] as const),
]

interface Step {
  readonly kind: (typeof steps)[number]
  readonly user: string
  readonly value: string | undefined
  readonly group: string
}

const given = (name: string, value: JsonValue | undefined) => ({
  attributes: value === undefined ? {} : { [name]: value },
})

async function doOne({ kind, user, value, group }: Step): Promise<void> {
  const actions: Record<Step['kind'], () => Promise<unknown>> = {
    role: () => set(`member:astro/${user}`, 'member.role', value),
    extra: () => set(`member-resource:astro/cluster/${user}`, 'member-resource.extra', value?.length),
    shift: () => set(`member-group:astro/${group}/${user}`, 'member-group.shift', value),
    note: () => identity('seen', user, value === undefined ? {} : { attributes: { note: value } }),
    join: () => act('add', user),
    leave: () => act('remove', user),
    enter: () => act('add', user, `astro/${group}`),
    quit: () => act('remove', user, `astro/${group}`),
    home: () => commit('Facility', 'hpc', given('home', value)),
    code: () => commit('Group', group, given('code', value)),
    base: () => commit('Resource', 'cluster', given('base', value?.length)),
    assign: () =>
      commit('Resource', 'cluster', { groups: value === 'x' ? ['bio/lab'] : value === 'yy' ? [group] : [] }),
    include: () => commit('Group', 'telescope', { includes: value === undefined ? [] : ['telescope:operators'] }),
    over: () => commit('Group', group, { expires: value === 'x' ? '2025-01-01' : '2099-01-01' }),
    row: async () => {
      const { rowCount } = await database.pool.query(
        `select from membership m join identity i using (person_id) join groups g on g.id = m.group_id
         where m.origin = 'config' and g.name = $1 and i.ref = $2`,
        [group, user],
      )
      await apply(database.pool, [row(rowCount === 0 ? 'add' : 'remove', `astro/${group}`, user)])
    },
  }
  await actions[kind]()
}

async function everything(): Promise<string[]> {
  const { rows } = await database.pool.query<{ key: string }>(
    `select concat_ws(' ', attribute, subject, object, value #>> '{}') as key from attribute_value where origin = 'derived'`,
  )
  return rows.map(({ key }) => key).sort()
}

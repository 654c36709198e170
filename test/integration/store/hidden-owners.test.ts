import { afterEach, beforeEach, describe, expect, it } from '@jest/globals'
import { parseHolder } from '../../../core/attributes/holder-reference.ts'
import { changeValues, inTransaction } from '../../../store/index.ts'
import { anyValueFits } from '../../support/builders.ts'
import { createTestDatabase, type TestDatabase } from '../../support/test-database.ts'
import { add, apply, document, smallWorld, tuesday } from './world.ts'

let database: TestDatabase

beforeEach(async () => {
  database = await createTestDatabase()
  await apply(database.pool, smallWorld())
})

afterEach(async () => database.drop())

async function set(holder: string, actor?: string): Promise<string> {
  const parsed = parseHolder(holder)
  const name = `${holder.split(':')[0] ?? ''}.badge`
  const [answer] = await inTransaction(database.pool, (tx) =>
    changeValues(tx, {
      requests: parsed === undefined ? [] : [{ holder: parsed, name, value: 'B1' }],
      ...{ reason: '', cause: { actor: 'local/test' }, now: tuesday, compileSchema: anyValueFits },
      ...(actor === undefined ? {} : { actor }),
    }),
  )
  return answer !== undefined && 'refused' in answer ? answer.refused.message : 'done'
}

const names = '"idp/ada" has or had this value, and it is unique; choose another'
const hides = 'somebody else has or had this value, and it is unique; choose another'

describe('whose a unique value is', () => {
  it.each([
    {
      told: 'is not told to others where only they may read it',
      kind: 'user',
      read: ['self'],
      actor: 'idp/grace',
      expected: hides,
    },
    {
      told: 'is told where everybody may read it',
      kind: 'user',
      read: ['everyone'],
      actor: 'idp/grace',
      expected: names,
    },
    { told: 'is told to an admin', kind: 'user', read: ['self'], actor: 'idp/root', expected: names },
    { told: 'is told to the operator', kind: 'user', read: ['self'], actor: undefined, expected: names },
    { told: 'of a member is not told to others', kind: 'member', read: ['self'], actor: 'idp/grace', expected: hides },
    {
      told: 'of a member is told to a manager of the VO',
      kind: 'member',
      read: ['vo-managers'],
      actor: 'idp/ada',
      expected: names,
    },
    {
      told: 'on a facility is not told to others',
      kind: 'user-facility',
      read: ['facility-managers'],
      actor: 'idp/grace',
      expected: hides,
    },
    {
      told: 'on a resource is not told to others',
      kind: 'member-resource',
      read: ['self'],
      actor: 'idp/grace',
      expected: hides,
    },
  ] as const)('$told', async ({ kind, read, actor, expected }) => {
    const badge = { type: 'string', unique: true, read, write: ['self', 'vo-managers'] }
    await apply(database.pool, [add(document('Attribute', `${kind}.badge`, badge))])
    const of = (user: string): string =>
      ({
        ...{ user: `user:${user}`, member: `member:astro/${user}` },
        ...{ 'user-facility': `user-facility:hpc/${user}`, 'member-resource': `member-resource:astro/cluster/${user}` },
      })[kind]

    expect(await set(of('idp/ada'))).toBe('done')
    expect(await set(of('idp/grace'), actor)).toBe(expected)
  })
})

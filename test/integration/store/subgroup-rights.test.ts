import { afterEach, beforeEach, describe, expect, it } from '@jest/globals'
import { parseHolder } from '../../../core/attributes/holder-reference.ts'
import { actOnMembers, changeValues, inTransaction } from '../../../store/index.ts'
import { anyValueFits } from '../../support/builders.ts'
import { createTestDatabase, type TestDatabase } from '../../support/test-database.ts'
import { add, apply, change, document, row, smallWorld, stored, tuesday } from './world.ts'

let database: TestDatabase

/** `telescope` and its subgroup `telescope:operators` with grace, and `telescopes`, which only begins with the same letters. */
beforeEach(async () => {
  database = await createTestDatabase()
  await apply(database.pool, [
    ...smallWorld(),
    add(document('Attribute', 'member-group.shift', { type: 'string', write: ['group-managers'] })),
    add(document('Group', 'telescopes', {}, 'astro')),
    ...['idp/new', 'idp/gm', 'idp/gmm'].map((user) => row('add', 'astro', user)),
    row('add', 'astro/telescopes', 'idp/new'),
  ])
  const telescope = await stored(database.pool, 'Group', 'telescope')
  const managing = {
    managers: [{ user: 'idp/gm' }],
    membershipManagers: [{ user: 'idp/gmm' }],
    includes: ['telescopes'],
  }
  await apply(database.pool, [change(telescope, document('Group', 'telescope', managing, 'astro'))])
})

afterEach(async () => database.drop())

const acting = { reason: '', cause: { actor: 'idp/gm' }, now: tuesday }

async function addTo(group: string, actor: string): Promise<unknown> {
  return inTransaction(database.pool, (tx) =>
    actOnMembers(tx, { ...acting, vo: 'astro', group, act: 'add', actor, requests: [{ user: 'idp/new' }] }),
  )
}

async function shift(group: string, user: string, actor: string): Promise<string> {
  const holder = parseHolder(`member-group:astro/${group}/${user}`)
  if (holder === undefined) throw new Error('no holder')
  const requests = [{ holder, name: 'member-group.shift', value: 'night' }]
  const [answer] = await inTransaction(database.pool, (tx) =>
    changeValues(tx, { ...acting, requests, actor, compileSchema: anyValueFits }),
  )
  return answer !== undefined && 'refused' in answer ? answer.refused.reason : 'done'
}

describe('managers of a group', () => {
  it.each(['idp/gm', 'idp/gmm'])(
    'may do to memberships of its subgroups what they may do to its own: %s',
    async (actor) => {
      expect(await addTo('telescope:operators', actor)).toMatchObject([{ status: 'VALID' }])
      await expect(addTo('telescopes', actor)).rejects.toMatchObject({
        message: `Cannot act on people of group "astro/telescopes" as "${actor}": expected a manager or membership manager of the VO or of the group, or an admin of the instance`,
      })
    },
  )

  it('are told who may, also from above', async () => {
    await expect(addTo('telescope:operators', 'idp/grace')).rejects.toMatchObject({
      code: 'ACTOR_NOT_ELIGIBLE',
      message:
        'Cannot act on people of group "astro/telescope:operators" as "idp/grace": expected a manager or membership manager of the VO or of the group, or of one above it, or an admin of the instance',
    })
  })

  it('may write values of members of its subgroups, and not of groups that it includes', async () => {
    expect(await shift('telescope:operators', 'idp/grace', 'idp/gm')).toBe('done')
    expect(await shift('telescopes', 'idp/new', 'idp/gm')).toBe('not-allowed')
    expect(await shift('telescope:operators', 'idp/grace', 'idp/gmm')).toBe('not-allowed')
  })
})

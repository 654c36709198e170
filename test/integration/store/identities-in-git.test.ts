import { afterEach, beforeEach, describe, expect, it } from '@jest/globals'
import {
  changeIdentities,
  inTransaction,
  updateRowPositions,
  type IdentityAnswer,
  type IdentityInput,
} from '../../../store/index.ts'
import { createTestDatabase, type TestDatabase } from '../../support/test-database.ts'
import { add, apply, document, row, smallWorld } from './world.ts'

let database: TestDatabase

beforeEach(async () => {
  database = await createTestDatabase()
})

afterEach(async () => database.drop())

async function act(
  what: IdentityInput['act'],
  ...requests: IdentityInput['requests']
): Promise<readonly IdentityAnswer[]> {
  const input = {
    act: what,
    requests,
    reason: '',
    cause: { actor: 'local/test' },
    now: new Date('2026-02-01T12:00:00Z'),
  }
  return inTransaction(database.pool, (tx) => changeIdentities(tx, input))
}

const refused = {
  identity: 'idp/bob',
  refused: { reason: 'declared', message: 'all.yaml:1 names it; change it there' },
}

describe('an identity that git names', () => {
  it.each([
    ['as a member of a VO', row('add', 'astro', 'idp/bob')],
    ['as a member of a group', row('add', 'astro/telescope', 'idp/bob')],
    ['as an admin', add(document('Instance', 'other', { admins: [{ user: 'idp/bob' }] }))],
    ['as a manager of a VO', add(document('VO', 'bio', { managers: [{ group: 'members' }, { user: 'idp/bob' }] }))],
    ['as a membership manager', add(document('VO', 'bio', { membershipManagers: [{ user: 'idp/bob' }] }))],
    ['as a ban manager', add(document('VO', 'bio', { banManagers: [{ user: 'idp/bob' }] }))],
    ['as a sponsor', add(document('VO', 'bio', { sponsors: [{ user: 'idp/bob' }] }))],
    ['as a manager of a group', add(document('Group', 'heads', { managers: [{ user: 'idp/bob' }] }, 'astro'))],
    ['as a manager of a facility', add(document('Facility', 'disks', { managers: [{ user: 'idp/bob' }] }))],
    [
      'as a manager of a resource',
      add(document('Resource', 'disk', { facility: 'hpc', services: [], managers: [{ user: 'idp/bob' }] }, 'astro')),
    ],
    [
      'as the owner of an account',
      add(
        document('User', 'bot', {
          identities: ['idp/bot'],
          serviceAccount: { owners: ['idp/bob'], purpose: 'copies' },
        }),
      ),
    ],
  ])('%s is not taken from its person', async (_, naming) => {
    await apply(database.pool, [...smallWorld(), naming])
    await act('add', { identity: 'idp/bob' }, { identity: 'idp/robert', user: 'idp/bob' })

    expect(await act('remove', { identity: 'idp/bob' })).toEqual([refused])
  })

  it('as a member is the one of the line in force; the others of the person may go', async () => {
    await apply(database.pool, [...smallWorld(), row('add', 'astro/telescope', 'idp/bob')])
    await act('add', { identity: 'idp/robert', user: 'idp/bob' }, { identity: 'idp/rob', user: 'idp/bob' })

    expect(await act('remove', { identity: 'idp/rob' }, { identity: 'idp/bob' })).toEqual([
      { identity: 'idp/rob', user: 'idp/bob', loa: null, seen: null, memberships: expect.anything() },
      refused,
    ])
    await inTransaction(database.pool, (tx) =>
      updateRowPositions(tx, [
        { vo: 'astro', group: 'telescope', user: 'idp/ada', at: { file: 'all.yaml', line: 1, column: 1 } },
        { vo: 'astro', group: 'telescope', user: 'idp/robert', at: { file: 'all.yaml', line: 1, column: 1 } },
      ]),
    )

    expect(await act('remove', { identity: 'idp/robert' }, { identity: 'idp/bob' })).toMatchObject([
      { refused: { reason: 'declared' } },
      { user: 'idp/robert' },
    ])
  })
})

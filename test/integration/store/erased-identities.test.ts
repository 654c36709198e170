import { afterEach, beforeEach, describe, expect, it } from '@jest/globals'
import { parseHolder } from '../../../core/attributes/holder-reference.ts'
import * as store from '../../../store/index.ts'
import { anyValueFits } from '../../support/builders.ts'
import { createTestDatabase, type TestDatabase } from '../../support/test-database.ts'
import { add, apply, document, smallWorld, tuesday } from './world.ts'

let database: TestDatabase

const acting = { reason: '', cause: { actor: 'local/test' }, now: tuesday }
const user = 'idp/gone'

/** Somebody was a member of astro, and was erased. */
beforeEach(async () => {
  database = await createTestDatabase()
  await apply(database.pool, [...smallWorld(), add(document('VO', 'bio', { sponsors: [{ user: 'idp/ada' }] }))])
  const member = { ...acting, vo: 'astro', act: 'add', requests: [{ user }] } as const
  await store.inTransaction(database.pool, (tx) => store.actOnMembers(tx, member))
  await store.inTransaction(database.pool, (tx) => store.eraseUsers(tx, { ...acting, users: [user] }))
})

afterEach(async () => database.drop())

const holder = parseHolder(`user:${user}`)
const place = { kind: 'vo', vo: 'astro' } as const
const requests = [{ user, reason: '', until: null }]

describe('an identity of somebody who was erased', () => {
  it.each<[string, (tx: store.Tx) => Promise<readonly object[]>, string]>([
    [
      'member add',
      async (tx) => store.actOnMembers(tx, { ...acting, vo: 'astro', act: 'add', requests: [{ user }] }),
      'identity-erased',
    ],
    [
      'group add',
      async (tx) =>
        store.actOnMembers(tx, { ...acting, vo: 'astro', group: 'telescope', act: 'add', requests: [{ user }] }),
      'identity-erased',
    ],
    ['ban add', async (tx) => store.addBans(tx, { ...acting, place, requests }), 'identity-erased'],
    ['ban remove', async (tx) => store.removeBans(tx, { ...acting, place, requests }), 'identity-erased'],
    [
      'sponsor add',
      async (tx) =>
        store.changeSponsors(tx, { ...acting, vo: 'bio', act: 'add', requests: [{ user, sponsor: 'idp/ada' }] }),
      'identity-erased',
    ],
    [
      'terms accept',
      async (tx) => store.acceptTerms(tx, { ...acting, vo: 'astro', requests: [{ user }] }),
      'identity-erased',
    ],
    [
      'attribute set',
      async (tx) =>
        store.changeValues(tx, {
          ...acting,
          requests: holder === undefined ? [] : [{ holder, name: 'user.email', value: 'x@example.org' }],
          compileSchema: anyValueFits,
        }),
      'holder-unknown',
    ],
  ])('is told as such by %s', async (_, act, reason) => {
    expect(await store.inTransaction(database.pool, act)).toMatchObject([
      { refused: { reason, message: '"idp/gone" was erased, and nobody is made of it again; choose another' } },
    ])
  })
})

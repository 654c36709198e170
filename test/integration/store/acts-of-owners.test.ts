import { afterEach, beforeEach, describe, expect, it } from '@jest/globals'
import { parseHolder } from '../../../core/attributes/holder-reference.ts'
import { acceptTerms, changeValues, showAccount, inTransaction, readValues } from '../../../store/index.ts'
import { ed25519 } from '../../connectors/public-keys.ts'
import { anyValueFits } from '../../support/builders.ts'
import { createTestDatabase, type TestDatabase } from '../../support/test-database.ts'
import { add, apply, document, row, smallWorld, tuesday } from './world.ts'

let database: TestDatabase

/** The account `idp/bot` of ada, in a VO with terms. */
beforeEach(async () => {
  database = await createTestDatabase()
  const terms = { version: '1', file: 'terms.md', sha256: 'x', text: 'x', grace: 'P90D' }
  await apply(database.pool, [
    ...smallWorld(),
    add(document('Attribute', 'user.nick', { type: 'string', write: ['self'], read: ['self'] })),
    add(
      document('User', 'bot', {
        identities: ['idp/bot'],
        serviceAccount: { owners: ['idp/ada'], purpose: 'copies', mayAct: ['email', 'ssh-keys', 'nick'] },
      }),
    ),
    add(document('VO', 'bio', { terms, managers: [{ user: 'idp/grace' }] })),
    row('add', 'bio', 'idp/bot'),
  ])
})

afterEach(async () => database.drop())

const acting = { reason: 'rotated', cause: { actor: 'idp/ada' }, now: tuesday }

async function set(name: string, value: string | readonly string[], actor: string): Promise<string> {
  const holder = parseHolder('user:idp/bot')
  if (holder === undefined) throw new Error('no holder')
  const requests = [{ holder, name, value: typeof value === 'string' ? value : [...value] }]
  const [answer] = await inTransaction(database.pool, (tx) =>
    changeValues(tx, { ...acting, requests, actor, compileSchema: anyValueFits }),
  )
  if (answer === undefined || 'held' in answer) throw new Error('held')
  return 'refused' in answer ? answer.refused.reason : 'done'
}

async function acts(): Promise<unknown> {
  return (await showAccount(database.pool, 'idp/bot')).acts
}

describe('the owner of a service account', () => {
  it('sets what its `mayAct` names as the account itself could, which is kept for evidence', async () => {
    const key = `${ed25519} bot`
    expect([
      ...[await set('user.email', 'bot@example.org', 'idp/ada'), await set('user.sshKeys', [key], 'github/ada')],
      ...[await set('user.nick', 'robby', 'idp/ada'), await set('user.displayName', 'Robby', 'idp/ada')],
    ]).toEqual(['done', 'done', 'done', 'not-allowed'])
    expect(await set('user.nick', 'mine', 'idp/grace')).toBe('not-allowed')

    const holder = parseHolder('user:idp/bot')
    const read = async (actor: string) =>
      holder === undefined ? [] : readValues(database.pool, { requests: [{ holder, name: 'user.nick' }], actor })
    expect(await read('idp/ada')).toMatchObject([{ value: 'robby', origin: 'self' }])
    expect(await read('idp/grace')).toMatchObject([{ refused: { reason: 'not-allowed' } }])
    expect(await acts()).toMatchObject([
      { owner: 'idp/ada', what: 'displayName', refused: 'not-permitted', reason: 'rotated' },
      { owner: 'idp/ada', what: 'nick', refused: null },
      { owner: 'idp/ada', what: 'sshKeys', refused: null },
      { owner: 'idp/ada', what: 'email', refused: null },
    ])
  })

  it('accepts terms for it, and nobody else does', async () => {
    const accept = async (actor: string) =>
      inTransaction(database.pool, (tx) =>
        acceptTerms(tx, { ...acting, cause: { actor }, vo: 'bio', requests: [{ user: 'idp/bot' }], actor }),
      )
    await expect(accept('idp/grace')).rejects.toMatchObject({
      message:
        'Cannot accept the terms of VO "bio" for "idp/bot" as "idp/grace": expected the member, or an owner of the service account; what they signed on paper is recorded without `--as`',
    })

    expect(await accept('idp/ada')).toMatchObject([{ user: 'idp/bot', isNew: true, status: 'VALID' }])

    const { rows } = await database.pool.query('select how, actor from terms_acceptance')
    expect(rows).toEqual([{ how: 'owner', actor: 'idp/ada' }])
    expect(await acts()).toMatchObject([{ owner: 'idp/ada', what: 'terms', refused: null, reason: 'rotated' }])
  })
})

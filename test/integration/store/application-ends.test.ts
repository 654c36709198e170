import { afterEach, beforeEach, describe, expect, it } from '@jest/globals'
import {
  actOnMembers,
  eraseUsers,
  inTransaction,
  lookAtApplication,
  noteAct,
  readApplicationWakes,
  showApplication,
} from '../../../store/index.ts'
import { createTestDatabase, type TestDatabase } from '../../support/test-database.ts'
import { applicationsIn, compileSchema, join, noon, reasonOf } from './applications-world.ts'
import { apply, change, document, remove, stored } from './world.ts'

let database: TestDatabase

beforeEach(async () => {
  database = await createTestDatabase()
})

afterEach(async () => database.drop())

const { act, astro, filed, members, stateOf } = applicationsIn(() => database)

const look = async (id: number) =>
  inTransaction(database.pool, (tx) => lookAtApplication(tx, { id, now: noon('2026-02-03'), compileSchema }))

describe('an application whose target goes', () => {
  it('is rejected, and somebody is told to look', async () => {
    await astro()
    const ofVo = await filed('idp/new')
    const ofGroup = await filed('idp/new', {}, { group: 'telescope' })
    const ended = await filed('idp/other')
    expect(reasonOf(await act('reject', ended, 'idp/ada'))).toBe('done')
    await database.pool.query('delete from application_wake')

    await apply(database.pool, [
      remove(await stored(database.pool, 'Form', 'telescope')),
      remove(await stored(database.pool, 'Form', 'join')),
    ])

    expect((await readApplicationWakes(database.pool)).applications).toEqual([ofVo, ofGroup])
    expect(await look(ofVo)).toEqual({ kind: 'ended', outcome: 'rejected' })
    expect(await look(ofGroup)).toEqual({ kind: 'ended', outcome: 'rejected' })
    expect((await showApplication(database.pool, ofVo))?.reason).toMatch(/^target-gone: /)
  })

  it('is told from those with which something is to be done once it has ended and all is settled', async () => {
    await astro()
    const id = await filed('idp/new')
    expect(await readApplicationWakes(database.pool)).toMatchObject({ applications: [id], ended: [] })

    await act('reject', id, 'idp/ada')
    const settled = await readApplicationWakes(database.pool)
    await inTransaction(database.pool, (tx) =>
      noteAct(tx, {
        ...{ application: id, act: 'approve', actor: 'idp/ada', cause: { actor: 'idp/ada' } },
        ...{ reason: '', now: noon('2026-02-02') },
      }),
    )
    const noted = await readApplicationWakes(database.pool)

    expect(settled).toMatchObject({ applications: [], ended: [id] })
    expect(noted).toMatchObject({ applications: [id], ended: [] })
  })

  it('is rejected with an event also where somebody decides before it is looked at', async () => {
    await astro()
    const application = await filed('idp/new')
    await apply(database.pool, [remove(await stored(database.pool, 'Form', 'join'))])

    expect(reasonOf(await act('approve', application, 'idp/ada'))).toBe('target-gone')

    const { rows } = await database.pool.query(
      `select action, vo, personal->>'application' as application from event join event_detail on event_id = event.id
       where kind = 'Application' order by event.id`,
    )
    const of = { vo: 'astro', application: String(application) }
    expect(rows).toEqual([
      { action: 'file', ...of },
      { action: 'reject', ...of },
    ])
  })

  it('goes on where that is only renamed', async () => {
    await astro()
    const application = await filed('idp/new')
    const have = await stored(database.pool, 'Form', 'join')
    await apply(database.pool, [change(have, document('Form', 'enter', join, 'astro'))])

    expect(await look(application)).toMatchObject({ kind: 'open', state: 'open', next: undefined })
    expect(reasonOf(await act('approve', application, 'idp/ada'))).toBe('done')
  })
})

describe('who is erased', () => {
  it('leaves no application, and decides about nobody by name any more', async () => {
    await astro()
    const own = await filed('idp/new', { name: 'Nova', why: 'I am idp/new' })
    const other = await filed('idp/other')
    expect(reasonOf(await act('approve', own, 'idp/ada'))).toBe('done')
    await inTransaction(database.pool, (tx) =>
      actOnMembers(tx, {
        ...{ act: 'add', vo: 'astro', requests: [{ user: 'idp/boss' }], reason: '', cause: { actor: 'local/test' } },
        now: noon('2026-02-01'),
      }),
    )
    const have = await stored(database.pool, 'VO', 'astro')
    await apply(database.pool, [change(have, document('VO', 'astro', { managers: [{ user: 'idp/boss' }] }))])
    expect(reasonOf(await act('reject', other, 'idp/boss', { reason: 'idp/boss says no' }))).toBe('done')
    await apply(database.pool, [change(await stored(database.pool, 'VO', 'astro'), document('VO', 'astro'))])

    await inTransaction(database.pool, (tx) =>
      eraseUsers(tx, {
        users: ['idp/new', 'idp/boss'],
        reason: '',
        cause: { actor: 'local/test' },
        now: noon('2026-02-03'),
      }),
    )

    expect(await showApplication(database.pool, own)).toBeUndefined()
    expect(await showApplication(database.pool, other)).toMatchObject({
      ...{ state: 'rejected', reason: 'erased says no' },
      acts: [{ act: 'reject', actor: 'erased', reason: 'erased says no' }],
    })
  })
})

describe('an application for a group', () => {
  it('waits for the membership of the VO and is decided then', async () => {
    await astro()
    const ofVo = await filed('idp/new')
    const ofGroup = await filed('idp/new', {}, { group: 'telescope' })

    expect(await stateOf(ofGroup)).toBe('waiting for vo-member')
    expect(reasonOf(await act('approve', ofGroup, 'idp/ada'))).toBe('not-open')
    expect(reasonOf(await act('approve', ofVo, 'idp/ada'))).toBe('done')
    expect(await stateOf(ofGroup)).toBe('open')
    expect(reasonOf(await act('approve', ofGroup, 'idp/ada'))).toBe('done')
    expect(await members('telescope')).toMatchObject({ 'idp/new': 'VALID' })
  })

  it('falls with the application for the VO, with an event of its own', async () => {
    await astro()
    const ofVo = await filed('idp/new')
    const ofGroup = await filed('idp/new', {}, { group: 'telescope' })

    expect(reasonOf(await act('reject', ofVo, 'idp/ada'))).toBe('done')
    expect(await stateOf(ofGroup)).toBe('rejected')
    expect(await actionsOn('astro/telescope')).toEqual(['file', 'reject'])
  })

  describe('by whom the VO has expired', () => {
    async function expired(): Promise<void> {
      await astro()
      expect(reasonOf(await act('approve', await filed('idp/new'), 'idp/ada'))).toBe('done')
      await database.pool.query(
        `update member set status = 'EXPIRED' where person_id = (select person_id from identity where ref = 'idp/new')`,
      )
    }

    it('waits for more time in the VO too', async () => {
      await expired()
      const ofVo = await filed('idp/new', {}, { kind: 'extension' })
      const ofGroup = await filed('idp/new', {}, { group: 'telescope' })

      await look(ofGroup)
      expect(await stateOf(ofGroup)).toBe('waiting for vo-member')
      expect(reasonOf(await act('approve', ofVo, 'idp/ada'))).toBe('done')
      expect(await stateOf(ofGroup)).toBe('open')
    })

    it('falls with the last of the applications for the VO', async () => {
      await expired()
      const more = await filed('idp/new', {}, { kind: 'extension' })
      const anew = await filed('idp/new')
      const ofGroup = await filed('idp/new', {}, { group: 'telescope' })

      expect(reasonOf(await act('reject', more, 'idp/ada'))).toBe('done')
      await look(ofGroup)
      expect(await stateOf(ofGroup)).toBe('waiting for vo-member')
      expect(reasonOf(await act('reject', anew, 'idp/ada'))).toBe('done')
      expect(await stateOf(ofGroup)).toBe('rejected')
    })
  })
})

async function actionsOn(name: string): Promise<string[]> {
  const { rows } = await database.pool.query<{ action: string }>(
    `select action from event where kind = 'Application' and name = $1 order by id`,
    [name],
  )
  return rows.map(({ action }) => action)
}

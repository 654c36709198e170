import { afterEach, beforeEach, describe, expect, it } from '@jest/globals'
import { eraseUsers, inTransaction, runClock, showApplication, showInvitation } from '../../../store/index.ts'
import { createTestDatabase, type TestDatabase } from '../../support/test-database.ts'
import { applicationsIn, noon } from './applications-world.ts'
import { invitationsIn } from './invitations-world.ts'
import { apply, remove, stored } from './world.ts'

const address = 'new@example.org'

describe('invitations, in the end,', () => {
  let database: TestDatabase
  beforeEach(async () => {
    database = await createTestDatabase()
  })
  afterEach(async () => database.drop())
  const { astro } = applicationsIn(() => database)
  const { accept, invite, invited, keyOf, outcome, stateOf } = invitationsIn(() => database)

  it('end with what they are to', async () => {
    await astro()
    const id = await invited(address, { group: 'telescope' })
    const key = await keyOf(id)
    const form = await stored(database.pool, 'Form', 'telescope')
    const resource = await stored(database.pool, 'Resource', 'cluster')
    const operators = await stored(database.pool, 'Group', 'telescope:operators')
    const group = await stored(database.pool, 'Group', 'telescope')
    await apply(database.pool, [remove(form), remove(resource), remove(operators), remove(group)])

    expect(await stateOf(id)).toBe('target-gone')
    expect(await outcome(accept(key, 'idp/new'))).toEqual(['KEY_REFUSED'])
  })

  it('of many are ended by the clock of the VO in one go, and forgotten when nobody asks any more', async () => {
    await astro()
    const many = Array.from({ length: 150 }, (_, index) => `many${index}@example.org`)
    await invite(many)
    const alone = await invited(address)
    const steps = async (day: string) => {
      for (let more = true; more;) {
        const step = await inTransaction(database.pool, (tx) =>
          runClock(tx, { vo: 'astro', now: noon(day), atMost: 100 }),
        )
        more = step.more
      }
    }
    const states = async (): Promise<object[]> => {
      const { rows } = await database.pool.query<object>(
        'select state, count(*)::integer as many, count(address)::integer as known from invitation group by 1 order by 1',
      )
      return rows
    }

    await steps('2026-02-28')
    expect(await states()).toEqual([{ state: 'open', many: 151, known: 151 }])
    await steps('2026-03-01')
    expect(await states()).toEqual([
      { state: 'open', many: 1, known: 1 },
      { state: 'expired', many: 150, known: 150 },
    ])
    await steps('2026-05-30')

    expect(await states()).toEqual([
      { state: 'open', many: 1, known: 1 },
      { state: 'expired', many: 150, known: 0 },
    ])
    expect(await stateOf(alone)).toBe('open')
  })

  it('are told in the audit trail without their keys', async () => {
    await astro()
    const id = await invited(address, { actor: 'idp/ada' })
    const key = await keyOf(id)
    await accept(key, 'idp/new')

    const { rows } = await database.pool.query(
      `select e.action, e.vo, e.name, d.personal->>'address' as address, d.personal::text like '%' || $1 || '%' as "hasKey" from event e join event_detail d on d.event_id = e.id where kind = 'Invitation' order by e.id`,
      [key],
    )
    expect(rows).toEqual([
      { action: 'invite', vo: 'astro', name: 'astro', address, hasKey: false },
      { action: 'accept', vo: 'astro', name: 'astro', address, hasKey: false },
    ])
    expect(await showApplication(database.pool, 1)).toMatchObject({ identity: 'idp/new' })
  })

  it('go with whoever used them, when those are erased: the address is nowhere any more', async () => {
    await astro()
    const id = await invited(address, { isPreApproved: true })
    await accept(await keyOf(id), 'idp/new')
    await inTransaction(database.pool, (tx) =>
      eraseUsers(tx, {
        users: ['idp/new'],
        reason: 'asked for',
        cause: { actor: 'local/test' },
        now: noon('2026-02-03'),
      }),
    )

    expect(await showInvitation(database.pool, id)).toBeUndefined()
    const { rows } = await database.pool.query(
      `select personal::text from event_detail where personal::text like '%new@example.org%'
       union all select recipient from mail where recipient = 'new@example.org'
       union all select recipient from mail_draft where recipient = 'new@example.org'`,
    )
    expect(rows).toEqual([])
  })
})

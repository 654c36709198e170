import { describe, expect, it, jest } from '@jest/globals'
import { inTransaction } from '../../../store/index.ts'
import { waitUntil } from '../../../worker/embedded/processes.ts'
import { request, valuesWorld } from './values-world.ts'
import { add, apply, document, row } from './world.ts'

const { database, change, changeIn, set } = valuesWorld()

describe('a value that must be unique', () => {
  it('is refused where somebody else has them, without keeping back the rest', async () => {
    await apply(database().pool, [row('add', 'bio', 'idp/ada')])
    await set('member:bio/idp/ada', 'member.badge', { value: '0042' })

    const answers = await change([
      request('member:bio/idp/grace', 'member.badge', { value: '0042' }),
      request('user:idp/grace', 'user.email', { value: 'g@example.org' }),
    ])

    expect(answers).toEqual([
      {
        ...{ holder: 'member:bio/idp/grace', name: 'member.badge' },
        refused: { reason: 'taken', message: '"idp/ada" has or had this value, and it is unique; choose another' },
      },
      { holder: 'user:idp/grace', name: 'user.email', value: 'g@example.org' },
    ])
  })

  it('goes to the first who is given it by one call, and the rest is done', async () => {
    await apply(database().pool, [row('add', 'bio', 'idp/ada'), row('add', 'bio', 'idp/root')])

    const answers = await change([
      request('member:bio/idp/root', 'member.badge', { value: '0042' }),
      request('member:bio/idp/grace', 'member.badge', { value: '0042' }),
      request('member:bio/idp/ada', 'member.badge', { value: '0043' }),
      request('member:bio/idp/root', 'member.badge', { value: '0042' }),
    ])

    expect(answers).toEqual([
      { holder: 'member:bio/idp/root', name: 'member.badge', value: '0042' },
      {
        ...{ holder: 'member:bio/idp/grace', name: 'member.badge' },
        refused: {
          reason: 'taken',
          message: '"member:bio/idp/root" is given this value by the same call, and it is unique; choose another',
        },
      },
      { holder: 'member:bio/idp/ada', name: 'member.badge', value: '0043' },
      { holder: 'member:bio/idp/root', name: 'member.badge', value: '0042' },
    ])
  })

  it('that derives from others and that somebody else has is left out, and the others are set', async () => {
    await apply(database().pool, [
      add(document('Attribute', 'user.initial', { type: 'string', unique: true, derive: 'user.nick.substring(0, 1)' })),
      add(document('Attribute', 'user.nick', { type: 'string' })),
    ])

    const answers = await change([
      request('user:idp/ada', 'user.nick', { value: 'ann' }),
      request('user:idp/grace', 'user.nick', { value: 'amy' }),
      request('user:idp/root', 'user.nick', { value: 'bob' }),
    ])

    expect(answers).toEqual([
      { holder: 'user:idp/ada', name: 'user.nick', value: 'ann' },
      { holder: 'user:idp/grace', name: 'user.nick', value: 'amy' },
      { holder: 'user:idp/root', name: 'user.nick', value: 'bob' },
    ])
    const { rows } = await database().pool.query(
      `select p.identities[1] as "user", v.value from attribute_value v join person p on p.id = v.subject
       where v.attribute = 'user.initial' order by 1`,
    )
    expect(rows).toEqual([
      { user: 'idp/ada', value: 'a' },
      { user: 'idp/root', value: 'b' },
    ])
  })

  it('that others were quicker with is refused for all of them at once, and the rest done', async () => {
    const newcomers = ['idp/ada', 'idp/root', 'idp/p1', 'idp/p2']
    const { pool } = database()
    const joining = newcomers.map((user) => row('add', 'bio', user))
    await apply(pool, joining)
    const quicker = await pool.connect()
    await quicker.query('begin')
    await quicker.query(
      `insert into attribute_unique (attribute, within, value, subject, object, lasting)
       select 'member.badge', vo.id, badge, i.person_id, vo.id, false
       from vo, identity i, unnest($1::jsonb[]) badge where vo.name = 'bio' and i.ref = 'idp/linus'`,
      [['"0041"', '"0042"', '"0043"']],
    )

    const asked = inTransaction(pool, async (tx) => {
      const query = jest.spyOn(tx, 'query')
      const requests = ['idp/grace', ...newcomers].map((user, index) =>
        request(`member:bio/${user}`, 'member.badge', { value: `004${index}` }),
      )
      const answers = await changeIn(tx, requests)
      const tries = query.mock.calls.filter(([text]) => text.startsWith('savepoint before_values'))
      return { answers, tries: tries.length }
    })
    await waitUntil(async () => {
      const { rows } = await pool.query(
        `select 1 from pg_stat_activity where datname = current_database() and wait_event = 'transactionid'`,
      )
      return rows.length > 0
    }, 20_000)
    await quicker.query('commit')
    quicker.release()

    const { answers, tries } = await asked
    const said = answers.map((one) => ('refused' in one ? one.refused.reason : 'value' in one && one.value))
    expect(said).toEqual(['0040', 'taken', 'taken', 'taken', '0044'])
    expect(tries).toBe(2)
  })
})

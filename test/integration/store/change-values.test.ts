import { afterEach, beforeEach, describe, expect, it, jest } from '@jest/globals'
import { parseHolder } from '../../../core/attributes/holder-reference.ts'
import { GuildhallError } from '../../../core/errors.ts'
import type { JsonValue } from '../../../core/model/json.ts'
import {
  changeValues,
  explain,
  inTransaction,
  loadState,
  readValues,
  storeSnapshot,
  verifyAudit,
  type Tx,
  type ValueAnswer,
  type ValueOn,
} from '../../../store/index.ts'
import { waitUntil } from '../../../worker/embedded/processes.ts'
import { anyValueFits } from '../../support/builders.ts'
import { createTestDatabase, type TestDatabase } from '../../support/test-database.ts'
import { add, apply, document, row, smallWorld, tuesday } from './world.ts'

let database: TestDatabase

const people = (): string => 'user:idp/grace'

beforeEach(async () => {
  database = await createTestDatabase()
  await apply(
    database.pool,
    [
      ...smallWorld(),
      add(document('VO', 'bio', { requires: { attributes: ['user.email', 'member.badge'] } })),
      add(document('Attribute', 'member.badge', { type: 'string', unique: 'vo', write: ['vo-managers', 'self'] })),
      add(document('Attribute', 'member-group.shift', { type: 'string', write: ['group-managers'] })),
      add(document('Attribute', 'user-facility.quota', { type: 'integer', write: ['facility-managers'] })),
      add(document('Attribute', 'user.secret', { type: 'string', read: ['nobody'] })),
      add(document('Attribute', 'user.tags', { type: 'array', write: ['everyone'] })),
      row('add', 'bio', 'idp/grace'),
      // Somebody has to be left.
      row('add', 'bio', 'idp/linus'),
    ],
    { statuses: [{ vo: 'bio', user: 'idp/grace', status: 'INVALID' }] },
  )
  await database.pool.query('delete from outbox')
})

afterEach(async () => {
  await database.drop()
})

interface Setting {
  readonly value?: JsonValue
  readonly text?: string
  readonly actor?: string
}

function request(holder: string, name: string, { value, text }: Setting): ValueOn {
  const parsed = parseHolder(holder)
  if (parsed === undefined) throw new Error(`${holder} is no holder`)
  const given = value === undefined ? {} : { value }
  return { holder: parsed, name, ...given, ...(text === undefined ? {} : { text }) }
}

async function change(requests: readonly ValueOn[], actor?: string): Promise<ValueAnswer[]> {
  return inTransaction(database.pool, (tx) => changeIn(tx, requests, actor))
}

async function changeIn(tx: Tx, requests: readonly ValueOn[], actor?: string): Promise<ValueAnswer[]> {
  const said = { requests, reason: 'test', now: tuesday, cause: { actor: actor ?? 'local/test' } }
  const who = actor === undefined ? {} : { actor }
  return changeValues(tx, { ...said, ...who, compileSchema: anyValueFits })
}

async function set(holder: string, name: string, setting: Setting = {}): Promise<string> {
  const [answer] = await change([request(holder, name, setting)], setting.actor)
  if (answer === undefined) return 'nothing'
  if ('held' in answer) return `held ${answer.held}`
  return 'refused' in answer ? `${answer.refused.reason}: ${answer.refused.message}` : JSON.stringify(answer.value)
}

async function statusIn(vo: string, user: string): Promise<string | undefined> {
  const state = await loadState(database.pool, { lossesSince: new Date(0) })
  const person = state.people.find(({ identities }) => identities.includes(user))
  return state.members.find((member) => member.vo === vo && member.user === person?.id)?.status
}

describe('setting values', () => {
  it('of everything that a VO requires makes the member VALID at once, and taking one away INVALID again', async () => {
    const statuses = [await statusIn('bio', 'idp/grace')]
    await set(people(), 'user.email', { value: 'grace@example.org' })
    statuses.push(await statusIn('bio', 'idp/grace'))
    await set('member:bio/idp/grace', 'member.badge', { value: '0042' })
    statuses.push(await statusIn('bio', 'idp/grace'))
    await set(people(), 'user.email')
    statuses.push(await statusIn('bio', 'idp/grace'))

    expect(statuses).toEqual(['INVALID', 'INVALID', 'VALID', 'INVALID'])
    const { rows } = await database.pool.query(
      'select status, reason from member join vo on vo.id = vo_id and name = $1 where reason is not null',
      ['bio'],
    )
    expect(rows).toEqual([{ status: 'INVALID', reason: 'user.email changed by local/test' }])
    expect(await verifyAudit(database.pool)).toMatchObject({ valid: true })
  })

  it.each([
    ['user:idp/ada', 'user.login', 'declared: all.yaml:1 gives the value; change it there'],
    ['vo:astro', 'vo.motto', 'attribute-unknown: there is no attribute "vo.motto"; an Attribute document declares it'],
    ['member:bio/idp/ada', 'member.badge', 'not-a-member: the person is not a member of VO "bio"; add them first'],
    [
      'member:chem/idp/ada',
      'member.badge',
      'holder-unknown: VO "chem" is not in force; expected one of "astro", "bio"',
    ],
    ['user-facility:hpc/idp/ada', 'user-facility.uid', 'made-once: it was made by itself and never changes'],
    ['user-facility:hpc/idp/ada', 'user-facility.quota', 'value-invalid: expected a whole number, got "x"'],
    ['user:idp/grace', 'user.email', 'value-invalid: expected an e-mail address such as "ada@example.org", got "x"'],
  ])('of %s %s is refused with a reason', async (holder, name, expected) => {
    expect(await set(holder, name, { value: 'x' })).toBe(expected)
  })

  it('reads text by the type of the attribute', async () => {
    const said = [
      await set('user-facility:hpc/idp/ada', 'user-facility.quota', { text: '12' }),
      await set('user:idp/ada', 'user.tags', { text: '["a", "b"]' }),
      await set('user:idp/ada', 'user.displayName', { text: '12' }),
      await set('user:idp/ada', 'user.tags', { text: 'a' }),
    ]

    expect(said).toEqual(['12', '["a","b"]', '"12"', 'value-invalid: expected a list of texts or numbers, got "a"'])
  })

  it('that must be unique is refused where somebody else has them, without keeping back the rest', async () => {
    await apply(database.pool, [row('add', 'bio', 'idp/ada')])
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

  it('that must be unique goes to the first who is given it by one call, and the rest is done', async () => {
    await apply(database.pool, [row('add', 'bio', 'idp/ada'), row('add', 'bio', 'idp/root')])

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

  it('from which a unique value derives that somebody else has are set, and the derived one is left out', async () => {
    await apply(database.pool, [
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
    const { rows } = await database.pool.query(
      `select p.identities[1] as "user", v.value from attribute_value v join person p on p.id = v.subject
       where v.attribute = 'user.initial' order by 1`,
    )
    expect(rows).toEqual([
      { user: 'idp/ada', value: 'a' },
      { user: 'idp/root', value: 'b' },
    ])
  })

  it('that others were quicker with are refused all at once, and the rest done', async () => {
    const newcomers = ['idp/ada', 'idp/root', 'idp/p1', 'idp/p2']
    const { pool } = database
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

  it.each([
    ['user:idp/ada', 'user.displayName', 'idp/ada', true],
    ['user:idp/ada', 'user.displayName', 'idp/grace', false],
    ['user:idp/grace', 'user.displayName', 'idp/root', true],
    ['member:astro/idp/grace', 'member.badge', 'idp/ada', true],
    ['member:bio/idp/grace', 'member.badge', 'idp/ada', false],
    ['member-group:astro/telescope/idp/ada', 'member-group.shift', 'idp/ada', false],
    ['user:idp/grace', 'user.tags', 'idp/ada', true],
    ['user:idp/grace', 'user.secret', 'idp/grace', false],
  ])('of %s %s as %s goes by `write`', async (...[holder, name, actor, may]) => {
    const value: JsonValue = name === 'user.tags' ? ['x'] : 'x'

    const said = await set(holder, name, { value, actor })

    expect(said).toEqual(may ? JSON.stringify(value) : expect.stringMatching(/^not-allowed: .+ may write it(, too)?$/))
  })

  it('tells exactly the services that show them', async () => {
    const { pool } = database
    const services = async (): Promise<number> => {
      const { rows } = await pool.query<{ count: number }>('delete from outbox returning 1 as count')
      return rows.length
    }
    await inTransaction(
      pool,
      (tx) => storeSnapshot(tx, { facility: 'hpc', service: 'passwd', at: tuesday, chunks: [], needs: ['user.email'] }),
      { isolation: 'repeatable read' },
    )
    await set('user:idp/ada', 'user.tags', { value: ['a'] })
    const unseen = await services()
    await set('user:idp/ada', 'user.email', { value: 'ada@example.org' })
    const seen = await services()
    await set('user:idp/ada', 'user.email', { value: 'ada@example.org' })

    expect([unseen, seen, await services()]).toEqual([0, 1, 0])
  })

  it('is told by why, with who did it', async () => {
    await apply(database.pool, [
      add(document('Resource', 'store', { facility: 'hpc', services: [], groups: ['members'] }, 'bio')),
    ])
    await set('user:idp/grace', 'user.email', { value: 'g@example.org' })
    await set('member:bio/idp/grace', 'member.badge', { value: '1' })

    const answer = await explain(database.pool, {
      identity: 'idp/grace',
      vo: 'bio',
      resource: 'store',
      askedAt: tuesday,
    })

    expect(answer).toMatchObject({ access: true, reason: 'member.badge changed by local/test' })
  })
})

describe('reading values', () => {
  const read = async (holder: string, name?: string, actor?: string): Promise<unknown> => {
    const parsed = parseHolder(holder)
    if (parsed === undefined) throw new Error(`${holder} is no holder`)
    const reading = {
      holder: parsed,
      ...(name === undefined ? {} : { name }),
      ...(actor === undefined ? {} : { actor }),
    }
    try {
      return (await readValues(database.pool, reading)).map(({ name: one, value, origin, at }) => [
        one,
        value,
        origin,
        at,
      ])
    } catch (error) {
      return error instanceof GuildhallError ? error.code : error
    }
  }

  it('says the value, who gave it and where', async () => {
    await set('user:idp/ada', 'user.email', { value: 'ada@example.org', actor: 'idp/ada' })

    expect(await read('user:github/ada')).toEqual([
      ['user.email', 'ada@example.org', 'self', null],
      ['user.login', 'ada', 'config', 'all.yaml:1'],
    ])
    expect(await read('user-facility:hpc/idp/ada', 'user-facility.uid')).toEqual([
      ['user-facility.uid', 10000, 'generated', null],
    ])
  })

  it('goes by `read`', async () => {
    await set('user:idp/grace', 'user.email', { value: 'g@example.org' })

    expect(await read('user:idp/grace', 'user.email', 'idp/grace')).toEqual([
      ['user.email', 'g@example.org', 'manager', null],
    ])
    expect(await read('user:idp/grace', 'user.secret', 'idp/grace')).toBe('ACTOR_NOT_ELIGIBLE')
    expect(await read('user:idp/ada', 'user.email', 'idp/grace')).toBe('ACTOR_NOT_ELIGIBLE')
    expect(await read('user:idp/nobody', 'user.email')).toBe('OBJECT_UNKNOWN')
  })
})

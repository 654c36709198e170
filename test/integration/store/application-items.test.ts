import { afterEach, beforeEach, describe, expect, it } from '@jest/globals'
import type { JsonObject } from '../../../core/model/json.ts'
import {
  changeValues,
  eraseUsers,
  inTransaction,
  readAnswersSchema,
  showApplication,
  type FileAnswer,
} from '../../../store/index.ts'
import { createTestDatabase, type TestDatabase } from '../../support/test-database.ts'
import { applicationsIn, compileSchema, noon, reasonOf } from './applications-world.ts'
import { add, apply, document } from './world.ts'

let database: TestDatabase

beforeEach(async () => {
  database = await createTestDatabase()
})

afterEach(async () => database.drop())

const { act, astro, file, filed } = applicationsIn(() => database)

async function valuesOf(user: string): Promise<object> {
  const { rows } = await database.pool.query<{ attribute: string; value: unknown }>(
    `select v.attribute, v.value from attribute_value v join identity i on i.person_id = v.subject where i.ref = $1 order by 1`,
    [user],
  )
  return Object.fromEntries(rows.map(({ attribute, value }) => [attribute, value]))
}

describe('a login that somebody applies for', () => {
  const form = { for: 'initial', items: [{ name: 'login', type: 'login', required: true, fills: 'user.login' }] }
  const isTaken = {
    refused: { faults: [{ item: 'login', message: 'somebody applies for it already; choose another' }] },
  }
  const isHad = { refused: { faults: [{ item: 'login', message: 'somebody else has or had it; choose another' }] } }
  const set = async (user: string, value: string) =>
    inTransaction(database.pool, (tx) =>
      changeValues(tx, {
        ...{
          requests: [{ holder: { holder: 'user', names: [], user }, name: 'user.login', value }],
          reason: '',
          compileSchema,
        },
        ...{ cause: { actor: 'local/test' }, now: noon('2026-02-02') },
      }),
    )

  it('is nobody else’s until the application ends, be it in capital letters', async () => {
    await astro(form)
    const first = await filed('idp/new', { login: 'nova' })

    expect(await file('idp/other', { login: 'NOVA' })).toMatchObject(isTaken)
    expect(await set('idp/root', 'Nova')).toMatchObject([{ refused: { reason: 'taken' } }])
    expect(reasonOf(await act('withdraw', first, 'idp/new'))).toBe('done')
    expect(await file('idp/other', { login: 'NOVA' })).toMatchObject({ state: 'open' })
  })

  it('becomes theirs with the approval, and then nobody else gets it', async () => {
    await astro(form)
    const first = await filed('idp/new', { login: 'nova' })

    expect(reasonOf(await act('approve', first, 'idp/ada'))).toBe('done')

    expect(await valuesOf('idp/new')).toEqual({ 'user.login': 'nova' })
    expect(await file('idp/other', { login: 'Nova' })).toMatchObject(isHad)
  })

  it('is another one with other answers', async () => {
    await astro(form)
    const first = await filed('idp/new', { login: 'nova' })
    expect(reasonOf(await act('request-changes', first, 'idp/ada'))).toBe('done')
    await filed('idp/other', { login: 'stella' })

    expect(await act('resubmit', first, 'idp/new', { answers: { login: 'Stella' } })).toMatchObject({
      message: 'login: somebody applies for it already; choose another',
    })
    expect(reasonOf(await act('resubmit', first, 'idp/new', { answers: { login: 'nebula' } }))).toBe('done')
    expect(await file('idp/third', { login: 'nova' })).toMatchObject({ state: 'open' })
    expect(await file('idp/fourth', { login: 'Nebula' })).toMatchObject(isTaken)
  })

  it('is not that of somebody who was erased', async () => {
    await astro(form)
    const first = await filed('idp/new', { login: 'nova' })
    expect(reasonOf(await act('approve', first, 'idp/ada'))).toBe('done')
    await inTransaction(database.pool, (tx) =>
      eraseUsers(tx, { users: ['idp/new'], reason: '', cause: { actor: 'local/test' }, now: noon('2026-02-03') }),
    )

    expect(await file('idp/other', { login: 'NOVA' })).toMatchObject(isHad)
  })

  it('goes to one of two who apply for it at the same moment', async () => {
    await astro(form)

    const answers: FileAnswer[] = await Promise.all(
      Array.from({ length: 6 }, (_, index) => file(`idp/n${index}`, { login: index % 2 === 0 ? 'nova' : 'NOVA' })),
    )

    expect(answers.map((answer) => ('refused' in answer ? answer.refused.reason : answer.state)).sort()).toEqual([
      ...Array.from({ length: 5 }, () => 'answers-invalid'),
      'open',
    ])
  })

  it('that git gives to somebody else meanwhile has to be changed, and nobody is told whose it is', async () => {
    await astro(form)
    const first = await filed('idp/new', { login: 'nova' })
    await apply(database.pool, [
      add(document('User', 'alan', { identities: ['idp/alan'], attributes: { login: 'nova' } })),
    ])

    expect(reasonOf(await act('approve', first, 'idp/ada'))).toBe('done')
    expect(await showApplication(database.pool, first)).toMatchObject({
      state: 'changes-requested',
      reason: 'taken: somebody else has or had the value of user.login; give another',
    })
  })
})

describe('answers that become values', () => {
  const items = [
    { name: 'name', type: 'text', fills: 'user.displayName' },
    { name: 'hours', type: 'number', fills: 'member.hours' },
    { name: 'news', type: 'checkbox', fills: 'user.news', overwrite: true },
    { name: 'skills', type: 'list', fills: 'user.skills' },
    { name: 'accounts', type: 'map', fills: 'user.accounts' },
    { name: 'secret', type: 'text', shownWhen: 'answers.hours > 100', fills: 'user.secret' },
  ]
  const attribute = (name: string, spec: object) => add(document('Attribute', name, { write: ['self'], ...spec }))

  async function world(): Promise<void> {
    await astro({ for: 'initial', items })
    await apply(database.pool, [
      attribute('member.hours', { type: 'integer', schema: { maximum: 40 } }),
      attribute('user.news', { type: 'boolean' }),
      attribute('user.skills', { type: 'array' }),
      attribute('user.accounts', { type: 'map' }),
      attribute('user.secret', { type: 'string' }),
    ])
  }

  it('do so with the approval and not before, over those that are there only where the form says so', async () => {
    await world()
    const answers: JsonObject = { name: 'Nova', hours: 8, news: true, skills: ['optics'], accounts: { git: 'nova' } }
    const first = await filed('idp/new', answers)
    expect(await valuesOf('idp/new')).toEqual({})
    expect(reasonOf(await act('approve', first, 'idp/ada'))).toBe('done')
    const given = await valuesOf('idp/new')
    await database.pool.query(
      `update member set status = 'EXPIRED' where person_id = (select person_id from identity where ref = 'idp/new')`,
    )

    const second = await filed('idp/new', { ...answers, name: 'Stella', news: false })
    expect(reasonOf(await act('approve', second, 'idp/ada'))).toBe('done')

    const values = {
      ...{ 'member.hours': 8, 'user.accounts': { git: 'nova' }, 'user.displayName': 'Nova', 'user.skills': ['optics'] },
    }
    expect(given).toEqual({ ...values, 'user.news': true })
    expect(await valuesOf('idp/new')).toEqual({ ...values, 'user.news': false })
  })

  it('are refused where the attribute does not take them', async () => {
    await world()

    expect(await file('idp/new', { hours: 41, secret: 'x' })).toMatchObject({
      refused: {
        faults: [
          { item: 'hours', message: 'expected a number of at most 40, got the number 41' },
          { item: 'secret', message: 'is not shown with these answers; leave it out' },
        ],
      },
    })
  })
})

describe('terms that are accepted in a form', () => {
  it('are those of the version that was answered, with the hash of their text', async () => {
    const terms = { version: '2', sha256: 'a'.repeat(64), text: 'Be kind', grace: 'P30D' }
    await astro({ for: 'initial', items: [{ name: 'terms', type: 'terms', required: true }] }, { terms })

    expect(await file('idp/new', { terms: '1' })).toMatchObject({ refused: { reason: 'answers-invalid' } })
    const first = await filed('idp/new', { terms: '2' })
    expect(reasonOf(await act('approve', first, 'idp/ada'))).toBe('done')

    const { rows } = await database.pool.query(
      `select t.version, t.sha256, t.how, m.accept_by from terms_acceptance t join identity i using (person_id)
       join member m using (person_id) where i.ref = 'idp/new'`,
    )
    expect(rows).toEqual([{ version: '2', sha256: 'a'.repeat(64), how: 'form', accept_by: null }])
  })
})

describe('what is offered as answers', () => {
  it('is known of the person, the member or the identity that applies', async () => {
    const items = ['user.displayName', 'identity.affiliation', 'member.badge', 'user.shell', 'user.email'].map(
      (prefill, index) => ({ name: `i${index}`, type: 'text', prefill }),
    )
    await astro({ for: 'initial', items })
    await apply(database.pool, [
      add(document('Attribute', 'identity.affiliation', { type: 'string' })),
      add(document('Attribute', 'member.badge', { type: 'string' })),
      add(document('Attribute', 'user.shell', { type: 'string', default: '/bin/bash' })),
    ])
    await database.pool.query(
      `insert into attribute_value (attribute, subject, object, value, origin)
       select name, case name when 'identity.affiliation' then i.id else i.person_id end, object, value, 'self'
       from identity i, (values ('user.displayName', 0, '"Ada"'::jsonb), ('identity.affiliation', 0, '"staff"'),
         ('member.badge', (select id from vo where name = 'astro'), '"42"')) v(name, object, value)
       where i.ref = 'idp/ada'`,
    )
    const offered = async (identity: string) => {
      const schema = await inTransaction(database.pool, (tx) =>
        readAnswersSchema(tx, { vo: 'astro', name: 'join', identity, now: noon('2026-02-01') }),
      )
      return Object.entries(schema['properties'] ?? {}).flatMap(([name, one]: [string, object]) =>
        'default' in one ? [[name, one.default]] : [],
      )
    }

    expect(await offered('idp/ada')).toEqual([
      ['i0', 'Ada'],
      ['i1', 'staff'],
      ['i2', '42'],
      ['i3', '/bin/bash'],
    ])
    expect(await offered('github/ada')).toEqual([
      ['i0', 'Ada'],
      ['i2', '42'],
      ['i3', '/bin/bash'],
    ])
    expect(await offered('idp/nobody')).toEqual([])
  })
})

describe('answers that can be kept nowhere', () => {
  it.each(['a\u0000', 'a\uD800'])('are refused, %j', async (name) => {
    await astro()
    const application = await filed('idp/new')
    const resubmitting = act('resubmit', application, 'idp/new', { answers: { name } })

    await expect(resubmitting).rejects.toMatchObject({ code: 'REQUEST_INVALID' })
    expect(await file('idp/other', { name })).toMatchObject({ refused: { reason: 'answers-invalid' } })
  })
})

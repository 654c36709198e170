import { afterEach, beforeEach, describe, expect, it } from '@jest/globals'
import {
  acceptTerms,
  actOnMembers,
  addBans,
  changeIdentities,
  eraseUsers,
  freeze,
  inTransaction,
  startRun,
  verifyAudit,
  type EraseAnswer,
  type EraseInput,
} from '../../../store/index.ts'
import { columnsNamingPeople, declaredTables, personalRows } from '../../../store/changes/erase/personal-places.ts'
import { patternOf } from '../../../store/changes/erase/text-pattern.ts'
import { writeValues } from '../../../store/changes/values/write-values.ts'
import {
  attribute,
  facility,
  group,
  instance,
  resource,
  service,
  source,
  user,
  vo,
  type Document,
} from '../../support/builders.ts'
import { createTestDatabase, type TestDatabase } from '../../support/test-database.ts'
import { textColumns, traces, type Column } from './traces.ts'
import { bringApproved, findingsOf } from './commits.ts'
import { monday as now } from './world.ts'
import { impersonal } from './impersonal-columns.ts'

let database: TestDatabase

beforeEach(async () => {
  database = await createTestDatabase()
})

afterEach(async () => database.drop())

const zaphod = 'idp/zaphod'
const cause = { actor: zaphod }
const markers = ['zaphod', 'beeblebrox', 'zb-42', 'betelgeuse']
const uid = {
  type: 'integer',
  unique: 'facility',
  generate: { sequence: { from: 10000, to: 20000, per: 'facility' } },
} as const

const ground = (admins: readonly string[]): Document[] => [
  ...[instance({ admins: admins.map((one) => ({ user: one })) }), source('idp'), source('orcid')],
  ...[attribute('user-facility.uid', uid), attribute('member.note', { type: 'string' })],
  ...[service('passwd', { requires: ['user-facility.uid'] }), facility('hpc', { services: { passwd: {} } })],
]

function astro(members: readonly string[], own: readonly string[] = []): Document[] {
  return [
    vo('astro', {
      members: own,
      terms: { version: '1', file: 'terms.md', text: 'Terms', sha256: '00', grace: 'P30D' },
    }),
    group('astro/team', { members }),
    resource('astro/cluster', { services: ['passwd'], groups: ['team', 'members'] }),
  ]
}

async function reach(...documents: readonly Document[]): Promise<readonly string[]> {
  return findingsOf(await bringApproved(database.pool, documents))
}

const describedByGit = user('u1', {
  identities: [zaphod, 'orcid/zb-42'],
  attributes: { login: 'zaphodb', displayName: 'Zaphod Beeblebrox', email: 'zaphod@betelgeuse.example' },
})

/** Lets the person leave a trace in as many places as there are, the last of them by git. */
async function leaveTraces(): Promise<void> {
  const { pool } = database
  await reach(...ground([zaphod]), describedByGit, ...astro(['idp/ada', zaphod]))
  const act = { vo: 'astro', act: 'add', reason: 'asked by idp/zaphod, twice', cause, now } as const
  await inTransaction(pool, (tx) =>
    actOnMembers(tx, { ...act, actor: zaphod, requests: [{ user: zaphod }, { user: 'idp/eve' }] }),
  )
  await inTransaction(pool, (tx) =>
    acceptTerms(tx, { vo: 'astro', requests: [{ user: zaphod }], reason: 'zaphod@betelgeuse.example', cause, now }),
  )
  const facilityBan = { place: { kind: 'facility', name: 'hpc' }, cause, now } as const
  const reason = 'seen by Zaphod Beeblebrox (zaphod@betelgeuse.example)'
  await inTransaction(pool, (tx) =>
    addBans(tx, { ...facilityBan, requests: [{ user: 'idp/eve', reason, until: null }] }),
  )
  await inTransaction(pool, (tx) =>
    changeIdentities(tx, {
      ...{ act: 'seen', reason: '', cause, now },
      requests: [{ identity: zaphod, loa: 2, attributes: { mail: 'zaphod@betelgeuse.example' } }],
    }),
  )
  await inTransaction(pool, (tx) =>
    freeze(tx, { scope: 'vo:astro', by: zaphod, reason: 'idp/zaphod says so', at: now }),
  )
  const at = { file: 'a.yaml', line: 1, column: 1 }
  const message = 'User "u1" cannot have user.login "zaphodb": "idp/zaphod" has it'
  await startRun(pool, { commit: 'c0ffee', findings: [{ severity: 'error', code: 'duplicate', message, at }], at: now })
  const { rows } = await pool.query<{ id: number; vo: number }>(
    `select i.person_id as id, vo.id as vo from identity i cross join vo where i.ref = $1`,
    [zaphod],
  )
  const [found] = rows
  if (found === undefined) throw new Error('nobody is called zaphod')
  const { id, vo: voId } = found
  await mailTo(id, 'zaphod@betelgeuse.example', 'Dear Zaphod Beeblebrox')
  await mailTo(null, 'ada@example.org', 'Zaphod Beeblebrox (idp/zaphod) was here')
  // Git lets go of the person, who keeps what managers gave.
  await reach(...ground([]), ...astro(['idp/ada']))
  const values = [
    { attribute: 'user.email', subject: id, object: 0, value: 'zaphod@betelgeuse.example' },
    { attribute: 'user.login', subject: id, object: 0, value: 'zaphodb' },
    { attribute: 'user.displayName', subject: id, object: 0, value: 'Zaphod Beeblebrox' },
    { attribute: 'member.note', subject: id, object: voId, value: 'two heads, Zaphod' },
  ]
  await inTransaction(pool, (tx) => writeValues(tx, { values, origin: 'manager' }))
}

async function mailTo(person: number | null, recipient: string, body: string): Promise<void> {
  await database.pool.query(
    `insert into mail (key, message_id, recipient, subject, body, person_id, queued_at, next_attempt_at)
     values ($1, $1, $1, $2, $2, $3, $4, $4)`,
    [recipient, body, person, now],
  )
}

async function erase(users: readonly string[], more: Partial<EraseInput> = {}): Promise<EraseAnswer[]> {
  const input = { users, reason: 'request 2026/7', cause: { actor: 'local/test' }, now, ...more }
  return inTransaction(database.pool, (tx) => eraseUsers(tx, input))
}

describe('somebody who is erased', () => {
  it('is found nowhere any more, and the audit trail is whole', async () => {
    await leaveTraces()
    const placesBefore = new Set(
      (await traces(database.pool, markers)).map((trace) => trace.slice(0, trace.indexOf('.'))),
    )
    expect([...placesBefore].sort()).toEqual(
      [
        ...['attribute_unique', 'attribute_value', 'ban', 'event_detail', 'frozen', 'identity', 'mail', 'membership'],
        ...['person', 'reconcile_run', 'terms_acceptance'],
      ].sort(),
    )

    expect(await erase([zaphod])).toEqual([{ user: zaphod, erased: true, memberships: 1 }])

    expect(await traces(database.pool, markers)).toEqual([])
    expect(await verifyAudit(database.pool)).toMatchObject({ valid: true })
    const { rows } = await database.pool.query('select reason, actor from ban')
    expect(rows).toEqual([{ reason: 'seen by erased (erased)', actor: 'erased' }])
    expect(
      (await database.pool.query('select from outbox where at = $1 and priority = 1', [now])).rowCount,
    ).toBeGreaterThan(0)
  })

  it('is made by nobody again, and what was theirs goes to nobody', async () => {
    await leaveTraces()
    await erase(['orcid/zb-42'])

    const other = user('u2', { identities: ['idp/eve'], attributes: { login: 'ZaphodB' } })
    expect(await reach(...ground([zaphod]), describedByGit, other, ...astro(['idp/ada', zaphod]))).toEqual([
      'Group-astro-team.yaml:3 identity-erased: "idp/zaphod" was erased, and nobody is made of it again; take it out',
      'Instance--example.yaml:1 identity-erased: "idp/zaphod" was erased, and nobody is made of it again; take it out',
      'User--u1.yaml:1 identity-erased: "idp/zaphod" was erased, and nobody is made of it again; take it out',
      'User--u1.yaml:1 identity-erased: "orcid/zb-42" was erased, and nobody is made of it again; take it out',
      'User--u2.yaml:1 duplicate: User "u2" cannot have user.login "ZaphodB": somebody who is gone had it, and it is never given to anybody else; choose another',
      'User--u2.yaml:1 duplicate: User "u2" cannot have user.login "ZaphodB": the value is unique and User "u1" has it',
    ])
    const input = { vo: 'astro', act: 'add', reason: '', cause: { actor: 'local/test' }, now } as const
    const answers = await inTransaction(database.pool, (tx) =>
      actOnMembers(tx, { ...input, requests: [{ user: zaphod }, { user: 'idp/carl' }] }),
    )
    expect(answers).toMatchObject([{ refused: { reason: 'identity-erased' } }, { user: 'idp/carl', status: 'VALID' }])
    const { rows } = await database.pool.query<{ value: number }>(
      `select value from attribute_unique where attribute = 'user-facility.uid' order by value::text`,
    )
    expect(rows.map(({ value }) => value)).toEqual([10000, 10001, 10002, 10003])
    expect(await traces(database.pool, markers)).toEqual([])
  })

  it('is not, while git names them or nobody knows them', async () => {
    await reach(...ground([zaphod]), describedByGit, ...astro(['idp/ada', zaphod]))

    expect(await erase([zaphod, 'idp/nobody'])).toEqual([
      {
        user: zaphod,
        refused: {
          reason: 'declared',
          message:
            'git still names them: take them out at Group-astro-team.yaml:3, Instance--example.yaml:1, User--u1.yaml:1 first',
        },
      },
      {
        user: 'idp/nobody',
        refused: {
          reason: 'identity-unknown',
          message: 'nobody has it, or they are erased already; expected an identity that somebody has',
        },
      },
    ])
    await reach(...ground([]), ...astro(['idp/ada']))
    expect(await erase([zaphod], { reason: 'idp/zaphod wants it' })).toMatchObject([
      { refused: { reason: 'reason-names-them' } },
    ])
    await expect(erase([zaphod], { actor: 'idp/ada' })).rejects.toMatchObject({ code: 'ACTOR_NOT_ELIGIBLE' })
  })
})

describe('erasure', () => {
  it('knows of every column what it says of people: a new one belongs into personal-places.ts, or among the impersonal ones here', async () => {
    const isKnown = ({ table, column }: Column): boolean =>
      table in personalRows ||
      new Set<string>(declaredTables).has(table) ||
      new Map<string, readonly string[]>(Object.entries(columnsNamingPeople)).get(table)?.includes(column) === true ||
      impersonal[table]?.includes(column) === true ||
      ['person.identities', 'event_detail.personal'].includes(`${table}.${column}`)

    expect((await textColumns(database.pool)).filter((column) => !isKnown(column))).toEqual([])
  })

  it('reaches every table whose rows are of a person', async () => {
    const { rows } = await database.pool.query<Column>(
      `select c.table_name as table, c.column_name as column
       from information_schema.columns c join information_schema.tables t using (table_schema, table_name)
       where table_schema = 'public' and t.table_type = 'BASE TABLE' and c.column_name = 'person_id' order by 1`,
    )
    // What somebody decided about others stays, without their names.
    const others = ['application_act', 'retired_value', 'review_decision', 'user_document']

    expect(rows.map(({ table }) => table).filter((table) => !(table in personalRows))).toEqual(others)
  })

  it.each([
    { text: 'idp/ada did it.', isThere: true },
    { text: '{"user":"idp/ada"}', isThere: true },
    { text: 'idp/adam, idp/ada.l, myidp/ada', isThere: false },
    { text: String.raw`{"user":"idp/x\"y(z)"}`, isThere: true },
  ])('finds people in "$text": $isThere', async ({ text, isThere }) => {
    const pattern = patternOf(['idp/ada', 'idp/x"y(z)'])
    const { rows } = await database.pool.query('select $1::text ~ $2 as found', [text, pattern])

    expect(rows).toEqual([{ found: isThere }])
  })
})

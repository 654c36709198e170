import { afterAll, beforeAll, describe, expect, it, jest } from '@jest/globals'
import type { JsonObject } from '../../../core/model/json.ts'
import { compileCheck } from '../../../schemas/validate.ts'
import { fileApplication, inTransaction, listMembers, showApplication } from '../../../store/index.ts'
import { createTestDatabase, type TestDatabase } from '../../support/test-database.ts'
import { add, apply, change, document, smallWorld, stored } from '../store/world.ts'
import type { Call } from './application-calls.ts'
import { openTwoProcesses, type TwoProcesses } from './two-processes.ts'

jest.setTimeout(600_000)

const rounds = 200
const now = new Date('2026-02-01T12:00:00Z')
const late = new Date('2026-03-03T12:00:00Z')
const compileSchema = (schema: JsonObject) => compileCheck(schema)
const managers = [{ user: 'idp/ada' }, { user: 'idp/grace' }]

/** What came of a round, in order of the words. */
type Outcomes = readonly [here: string, there: string]

describe('two who do something to one application at the same moment, in two processes', () => {
  let database: TestDatabase
  let processes: TwoProcesses
  beforeAll(async () => {
    database = await createTestDatabase()
    await apply(database.pool, smallWorld())
    const have = await stored(database.pool, 'VO', 'astro')
    const form = { for: 'initial', items: [] }
    await apply(database.pool, [
      change(have, document('VO', 'astro', { managers })),
      ...['formal', 'ruled'].map((vo) => add(document('VO', vo, { managers }))),
      add(document('VO', 'small', { managers, maxMembers: 100 })),
      add(document('Form', 'join', { ...form, approval: { rejectAfter: 'P30D' } }, 'astro')),
      ...['formal', 'ruled', 'small'].map((vo) => add(document('Form', 'join', form, vo))),
    ])
    processes = await openTwoProcesses(database.url)
  })
  afterAll(async () => {
    await processes.close()
    await database.drop()
  })

  async function file(vo: string, identity: string): Promise<number> {
    const answer = await inTransaction(database.pool, (tx) =>
      fileApplication(tx, {
        ...{ vo, kind: 'initial', identity, answers: {}, cause: { actor: identity }, now, compileSchema },
      }),
    )
    if ('refused' in answer) throw new Error(answer.refused.message)
    return answer.application
  }

  type Act = Extract<Call, { readonly kind: 'act' }>
  // eslint-disable-next-line @typescript-eslint/max-params -- read as one line of a story
  const acting = (application: number, act: Act['act'], actor = 'idp/ada', at = now): Act => ({
    ...{ kind: 'act', application, act, actor, now: at },
  })

  async function race(here: Call, there: Call): Promise<Outcomes> {
    const [[first = ''], [second = '']] = await processes.race([here], [there])
    return [first, second]
  }

  /** What is there of an application: its state, memberships and events that ended it, and mails that told of it. */
  async function left(application: number): Promise<object> {
    const { rows } = await database.pool.query<object>(
      `select a.state,
         (select count(*)::integer from membership m join identity i on i.person_id = m.person_id
          where i.ref = a.identity and m.vo_id = a.vo_id) as memberships,
         (select count(*)::integer from event e join event_detail d on d.event_id = e.id
          where e.kind = 'Application' and e.action in ('approved', 'reject', 'withdraw')
            and d.personal->>'application' = a.id::text) as ends,
         (select count(*)::integer from mail_draft m where m.application_id = a.id and m.event <> 'application.filed') as mails
       from application a where a.id = $1`,
      [application],
    )
    return rows[0] ?? {}
  }
  /** One outcome, of which one mail tells, and a membership where that is the approval. */
  function leaves(state: string): object {
    const ends = state === 'open' ? 0 : 1
    return { state, memberships: state === 'approved' ? 1 : 0, ends, mails: ends }
  }

  it.each<
    readonly [
      string,
      (application: number, identity: string) => readonly [Call, Call],
      readonly (readonly [string, string, string])[],
    ]
  >([
    [
      'approve and approve',
      (id) => [acting(id, 'approve'), acting(id, 'approve', 'idp/grace')],
      [
        ['done', 'ended', 'approved'],
        ['ended', 'done', 'approved'],
      ],
    ],
    [
      'approve and reject',
      (id) => [acting(id, 'approve'), acting(id, 'reject', 'idp/grace')],
      [
        ['done', 'ended', 'approved'],
        ['ended', 'done', 'rejected'],
      ],
    ],
    [
      'approve and withdraw',
      (id, identity) => [acting(id, 'approve'), acting(id, 'withdraw', identity)],
      [
        ['done', 'ended', 'approved'],
        ['ended', 'done', 'withdrawn'],
      ],
    ],
    [
      'approve, and silence as its day has come',
      (id) => [acting(id, 'approve', 'idp/ada', late), { kind: 'look', application: id, now: late }],
      [
        ['done', 'approved', 'approved'],
        ['ended', 'rejected', 'rejected'],
      ],
    ],
  ])('%s: one of them wins, and is what holds', async (name, calls, expected) => {
    const seen = new Set<string>()
    for (let round = 0; round < rounds; round += 1) {
      const identity = `idp/${name.replaceAll(/\W/g, '')}${round}`
      const application = await file('astro', identity)
      const [here, there] = calls(application, identity)

      const outcomes = await (round % 2 === 0 ? race(here, there) : race(there, here).then(([a, b]) => [b, a] as const))

      const [first, second] = outcomes
      const found = expected.find(([one, other]) => one === first && other === second)
      expect(expected.map(([one, other]) => [one, other])).toContainEqual([...outcomes])
      expect(await left(application)).toEqual(leaves(found?.[2] ?? ''))
      seen.add(outcomes.join(' '))
    }
    expect([...seen].sort()).toEqual(expected.map(([one, other]) => `${one} ${other}`).sort())
  })

  it('approve, and a commit that changes the form: approved under the one that was looked at, or to be looked at again', async () => {
    const seen = new Set<string>()
    for (let round = 0; round < rounds; round += 1) {
      const application = await file('formal', `idp/form${round}`)
      const shown = await showApplication(database.pool, application)
      const have = await formOf('formal')
      const items = round % 2 === 0 ? [{ name: 'why', type: 'text' }] : []
      const changes = [change(have, document('Form', 'join', { for: 'initial', items }, 'formal'))]

      const [approved] = await race(
        { ...acting(application, 'approve'), seen: { version: 1, policy: shown?.policy ?? '' } },
        { kind: 'apply', changes },
      )

      expect(['done', 'changed']).toContain(approved)
      expect(await left(application)).toEqual(leaves(approved === 'done' ? 'approved' : 'open'))
      seen.add(approved)
    }
    expect([...seen].sort()).toEqual(['changed', 'done'])
  })

  it('approve, and a commit that takes the role: it was theirs, or nothing comes of it', async () => {
    const seen = new Set<string>()
    for (let round = 0; round < rounds; round += 1) {
      const application = await file('ruled', `idp/role${round}`)
      const have = await stored(database.pool, 'VO', 'ruled')
      const without = document('VO', 'ruled', { managers: [{ user: 'idp/grace' }] })

      const [approved] = await race(acting(application, 'approve'), { kind: 'apply', changes: [change(have, without)] })

      expect(['done', 'not-eligible']).toContain(approved)
      expect(await left(application)).toEqual(leaves(approved === 'done' ? 'approved' : 'open'))
      seen.add(approved)
      await apply(database.pool, [change(have, document('VO', 'ruled', { managers }))])
    }
    expect([...seen].sort()).toEqual(['done', 'not-eligible'])
  })

  it('150 approvals for 100 places make 100 members, and 50 wait for a place', async () => {
    const applications: number[] = []
    for (let index = 0; index < 150; index += 1) applications.push(await file('small', `idp/many${index}`))
    const calls = applications.map((application) => acting(application, 'approve'))

    const outcomes = await processes.race(calls.slice(0, 75), calls.slice(75))

    expect(new Set(outcomes.flat())).toEqual(new Set(['done']))
    const { rows } = await database.pool.query<object>(
      `select a.state, a.waiting_for, count(*)::integer as applications from application a where a.vo = 'small' group by 1, 2 order by 1`,
    )
    expect(rows).toEqual([
      { state: 'waiting', waiting_for: 'place', applications: 50 },
      { state: 'approved', waiting_for: null, applications: 100 },
    ])
    expect((await listMembers(database.pool, { vo: 'small' })).members).toHaveLength(100)
    expect(await eventsIn('small')).toEqual([
      ...[
        { action: 'approve', events: 150 },
        { action: 'approved', events: 100 },
      ],
      ...[
        { action: 'file', events: 150 },
        { action: 'waiting', events: 50 },
      ],
    ])
    expect(await mailsIn('small')).toEqual([
      { event: 'application.approved', mails: 100, applications: 100 },
      { event: 'application.filed', mails: 150, applications: 150 },
      { event: 'application.full', mails: 50, applications: 50 },
    ])
  })

  /** What people are to be told by mail: each of these makes one. */
  async function mailsIn(vo: string): Promise<object[]> {
    const { rows } = await database.pool.query<object>(
      `select m.event, count(*)::integer as mails, count(distinct m.application_id)::integer as applications
       from mail_draft m join vo on vo.id = m.vo_id where vo.name = $1 group by 1 order by 1`,
      [vo],
    )
    return rows
  }

  async function eventsIn(vo: string): Promise<object[]> {
    const { rows } = await database.pool.query<object>(
      `select action, count(*)::integer as events from event where kind = 'Application' and vo = $1 group by 1 order by 1`,
      [vo],
    )
    return rows
  }

  async function formOf(vo: string) {
    const found = await stored(database.pool, 'Form', 'join')
    const { rows } = await database.pool.query<{ id: number }>(
      'select f.id from form f join vo on vo.id = f.vo_id where vo.name = $1',
      [vo],
    )
    return { ...found, vo, id: rows[0]?.id ?? 0 }
  }
})

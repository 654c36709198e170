import { afterAll, beforeAll, expect, it } from '@jest/globals'
import { writeMails } from '../../../activities/drafts.ts'
import { renderTemplate } from '../../../connectors/templates.ts'
import * as store from '../../../store/index.ts'
import { createTestDatabase, type TestDatabase } from '../../support/test-database.ts'
import { applicationsIn, noon } from './applications-world.ts'

const [approvers, applications, named] = [300, 10_000, 50]
const day = '2026-02-03'

let database: TestDatabase

beforeAll(async () => {
  database = await createTestDatabase()
  await fill()
})

afterAll(async () => database.drop())

const { astro } = applicationsIn(() => database)

async function makeMails(today: string): Promise<void> {
  const fail = ({ error }: { readonly error: unknown }): never => {
    throw error
  }
  const wording = { pool: database.pool, store, render: renderTemplate, onBroken: fail }
  await writeMails(wording, { now: noon(today), signal: new AbortController().signal })
}

interface Digest {
  readonly reader: string
  readonly subject: string
  readonly body: string
}

async function digests(today: string): Promise<readonly Digest[]> {
  const { rows } = await database.pool.query<Digest>(
    `select p.identities[1] as reader, m.subject, m.body from mail m join person p on p.id = m.person_id
     where m.key = 'digest/' || m.person_id || '/' || $1 order by p.id`,
    [today],
  )
  return rows
}

/** What the mail says to somebody, and what the queue of the command says. */
async function toldAndQueued({ reader, subject, body }: Digest): Promise<readonly [object, object]> {
  const queue = await store.listWaitingFor(database.pool, { identity: reader, now: noon(day) })
  const told = [...body.matchAll(/^- (\d+): /gm)].map(([, id]) => Number(id))
  const more = Number(/^and (\d+) more$/m.exec(body)?.[1] ?? 0)
  return [
    { reader, count: Number.parseInt(subject), told, more },
    { reader, count: queue.length, told: queue.slice(0, named), more: Math.max(0, queue.length - named) },
  ]
}

it('of ten thousand applications each of three hundred approvers is told in one short mail a day', async () => {
  await makeMails(day)
  await makeMails(day)

  const written = await digests(day)
  const { rows: all } = await database.pool.query(`select from mail where key like 'digest/%'`)
  expect([written.length, all.length]).toEqual([approvers, approvers])
  expect(new Set(written.map(({ reader }) => reader)).size).toBe(approvers)
  expect(Math.max(...written.map(({ body }) => body.length))).toBeLessThan(5_000)
  const usual = written.find(({ reader }) => reader === 'idp/boss300')
  expect(usual?.subject).toBe('10000 applications wait for your decision')
  expect(usual?.body).toMatch(/^and 9950 more\n\nTo see all: guildhall application list --waiting-for idp\/boss300$/m)
})

it('the mail says what the queue says, whatever somebody applied for, has approved or stands in for', async () => {
  const special = new Set(['idp/stand-in', ...Array.from({ length: 10 }, (_, index) => `idp/boss${index + 1}`)])
  const written = (await digests(day)).filter(({ reader }) => special.has(reader))

  // The one without anything left, and the one who is banned, get none.
  expect(written.map(({ reader }) => reader)).toEqual([
    ...['idp/boss1', 'idp/boss2', 'idp/boss3', 'idp/boss4', 'idp/boss6', 'idp/boss7', 'idp/boss8', 'idp/boss10'],
    'idp/stand-in',
  ])
  for (const one of written) {
    const [told, queued] = await toldAndQueued(one)
    expect(told).toEqual(queued)
  }
})

it('the next day has one mail more for each', async () => {
  await makeMails('2026-02-04')

  expect((await digests('2026-02-04')).length).toBe(approvers)
})

/** Three hundred managers by a group, ten thousand applications, and people of whom something is different. */
async function fill(): Promise<void> {
  const { pool } = database
  const approval = { steps: [{ by: 'managers', quorum: 2 }] }
  await astro({ for: 'initial', items: [], approval }, { managers: [{ group: 'telescope' }] })
  // The two who are in it anyhow have no address.
  const people = [...Array.from({ length: approvers + 1 }, (_, index) => `boss${index + 1}`), 'stand-in']
  const refs = people.map((name) => `idp/${name}`)
  await pool.query(
    `with one as (
       insert into person (identities, created_at) select array[ref], $2 from unnest($1::text[]) ref returning id, identities[1] as ref
     ), known as (insert into identity (ref, person_id, created_at) select ref, id, $2 from one
     ), member as (insert into member (vo_id, person_id, status, since) select vo.id, one.id, 'VALID', $2 from vo, one
     ), row as (
       insert into membership (vo_id, group_id, person_id, origin, since)
       select g.vo_id, g.id, one.id, 'manager', $2 from groups g, one where g.name = 'telescope' and ref like 'idp/boss%'
     )
     insert into attribute_value (attribute, subject, object, value, origin)
     select 'user.email', id, 0, to_jsonb(split_part(ref, '/', 2) || '@example.org'), 'config' from one`,
    [refs, noon('2026-01-01')],
  )
  await pool.query(
    `insert into application (vo_id, form_id, vo, form, kind, identity, state, policy, filed_at, actor, changed_at, step_since, step)
     select vo.id, f.id, vo.name, f.name, 'initial', 'idp/p' || n, 'open', 'p', at, 'idp/p' || n, at, at, 0
     from vo join form f on f.vo_id = vo.id and f.name = 'join'
     cross join lateral (select n, $2::timestamptz + n * interval '1 s' as at from generate_series(1, $1::integer) n) one order by n`,
    [applications, noon('2026-02-01')],
  )
  await pool.query(
    `insert into application_answers (application_id, version, answers) select id, 1, '{}' from application`,
  )
  await differ()
  await pool.query('analyze')
}

/** Of whom something is different: they applied, have approved some or all, are banned, stand in for somebody. */
async function differ(): Promise<void> {
  const { pool } = database
  const applied = async (id: number, ref: string) =>
    pool.query(`update application set identity = $2 where id = $1`, [id, ref])
  const approved = async (name: string, from: number, to: number) =>
    pool.query(
      `insert into application_act (application_id, act, person_id, actor, version, policy, step, at, outcome)
       select a.id, 'approve', i.person_id, i.ref, a.version, a.policy, 0, $4, 'done' from application a, identity i
       where i.ref = $1 and a.id between $2 and $3`,
      [`idp/${name}`, from, to, noon('2026-02-02')],
    )
  const standsIn = async (delegate: string, delegator: string, application?: number) =>
    pool.query(
      `insert into delegation (delegator_id, delegate_id, application_id, reason, starts_at, actor, since)
       select a.person_id, b.person_id, $3, '', $4, a.ref, $4 from identity a, identity b where (a.ref, b.ref) = ($1, $2)`,
      [`idp/${delegator}`, `idp/${delegate}`, application ?? null, noon('2026-01-01')],
    )
  await applied(1, 'idp/boss1')
  await approved('boss2', 3, 60)
  await approved('boss3', 2, applications - 10)
  await standsIn('boss4', 'boss1')
  await pool.query(
    `insert into ban (vo_id, person_id, reason, actor, since)
     select vo.id, person_id, '', 'local/test', $1 from vo, identity where ref = 'idp/boss5'`,
    [noon('2026-02-02')],
  )
  await standsIn('boss6', 'boss3')
  await standsIn('stand-in', 'boss7', 7)
  await standsIn('stand-in', 'boss8', 8)
  await standsIn('stand-in', 'boss1', 1)
  await standsIn('stand-in', 'boss2', 4)
  await approved('boss9', 1, applications)
  await standsIn('boss10', 'boss9')
}

import { afterEach, beforeEach, describe, expect, it } from '@jest/globals'
import fc from 'fast-check'
import type { DesiredObject } from '../../../core/model/config-object.ts'
import type { DesiredRow } from '../../../core/model/state.ts'
import { planCommit } from '../../../core/plan/plan-commit.ts'
import { inTransaction, listMembers, nextDue, readWakes, runClock, verifyAudit } from '../../../store/index.ts'
import { anyValueFits } from '../../support/builders.ts'
import { createTestDatabase, type TestDatabase } from '../../support/test-database.ts'
import { add, apply, change, document, row, smallWorld, stateOf, stored } from './world.ts'

let database: TestDatabase

beforeEach(async () => {
  database = await createTestDatabase()
})

afterEach(async () => database.drop())

const noon = (day: string): Date => new Date(`${day}T12:00:00Z`)

function dated(where: string, user: string, expires: string) {
  return { ...row('add', where, user), expires: { before: null, after: expires } }
}

/** A VO astro in Prague with the given rows: where, user, date or none. */
async function astroWith(rows: readonly (readonly [string, string, string?])[]): Promise<void> {
  const world = smallWorld().filter((change) => !('user' in change) && change.name !== 'astro')
  await apply(database.pool, [
    ...world.slice(0, 7),
    add(document('VO', 'astro', { timeZone: 'Europe/Prague' })),
    ...world.slice(7),
    ...rows.map(([where, user, date]) => (date === undefined ? row('add', where, user) : dated(where, user, date))),
  ])
}

/** Lets the clock run until nothing is left; the people of each step. */
async function run(now: Date, atMost = 100): Promise<number[]> {
  const steps: number[] = []
  for (;;) {
    const step = await inTransaction(database.pool, (tx) => runClock(tx, { vo: 'astro', now, atMost }))
    if (!step.more) return steps
    steps.push(step.changed)
  }
}

async function statuses(): Promise<object> {
  const { members } = await listMembers(database.pool, { vo: 'astro' })
  return Object.fromEntries(members.map(({ user, status }) => [user, status]))
}

async function history(): Promise<object[]> {
  const { rows } = await database.pool.query<object>(
    `select i.ref as "user", p.status, p.ended from member_past p join identity i on i.person_id = p.person_id
     where i.ref like 'idp/%' order by p.ended, 1`,
  )
  return rows
}

describe('the clock of a VO', () => {
  it('knows what is due next: the first moment of the day in the time zone of the VO', async () => {
    await astroWith([
      ['astro/telescope', 'idp/ada', '2026-03-30'],
      ['astro', 'idp/linus', '2026-03-29'],
      ['astro', 'idp/grace'],
    ])

    expect(await nextDue(database.pool, 'astro')).toEqual({
      ...{ at: new Date('2026-03-28T23:00:00Z'), kind: 'expire', count: 1 },
    })
    await run(noon('2026-03-29'))
    // Clocks were put forward in between.
    expect(await nextDue(database.pool, 'astro')).toEqual({
      ...{ at: new Date('2026-03-29T22:00:00Z'), kind: 'expire', count: 1 },
    })
    await run(noon('2026-03-30'))
    expect(await nextDue(database.pool, 'astro')).toEqual({ at: undefined, count: 0 })
    expect(await nextDue(database.pool, 'no-such-vo')).toBeUndefined()
  })

  it('changes nothing before the moment, and everything due at it', async () => {
    await astroWith([
      ['astro', 'idp/linus', '2026-03-29'],
      ['astro', 'idp/grace'],
    ])

    const before = await run(new Date('2026-03-28T22:59:59Z'))
    const unchanged = await statuses()
    const at = await run(new Date('2026-03-28T23:00:00Z'))

    expect([before, at]).toEqual([[], [1]])
    expect(unchanged).toEqual({ 'idp/grace': 'VALID', 'idp/linus': 'VALID' })
    expect(await statuses()).toEqual({ 'idp/grace': 'VALID', 'idp/linus': 'EXPIRED' })
  })

  it('takes what it missed in the order of the dates, each at its own moment, a few people at a time', async () => {
    await astroWith([
      ['astro', 'idp/a', '2026-02-01'],
      ['astro', 'idp/b', '2026-02-01'],
      ['astro', 'idp/c', '2026-02-01'],
      ['astro', 'idp/d', '2026-03-01'],
    ])

    expect(await run(noon('2026-04-10'), 2)).toEqual([2, 1, 1])

    expect(await history()).toEqual([
      { user: 'idp/a', status: 'VALID', ended: new Date('2026-01-31T23:00:00Z') },
      { user: 'idp/b', status: 'VALID', ended: new Date('2026-01-31T23:00:00Z') },
      { user: 'idp/c', status: 'VALID', ended: new Date('2026-01-31T23:00:00Z') },
      { user: 'idp/d', status: 'VALID', ended: new Date('2026-02-28T23:00:00Z') },
    ])
  })

  it('does not rewrite the past where another time zone makes a day begin earlier than it was lived', async () => {
    await astroWith([['astro', 'idp/ada', '2026-02-02']])
    const at = new Date('2026-02-01T20:00:00Z')
    await run(at)
    const astro = await stored(database.pool, 'VO', 'astro')
    const tokyo = change(astro, document('VO', 'astro', { timeZone: 'Asia/Tokyo' }))
    await apply(database.pool, [{ ...tokyo, fields: ['timeZone'] }], { asOf: at })

    await run(new Date('2026-02-01T20:00:01Z'))

    // In Tokyo the day had begun at 15:00 UTC.
    expect(await history()).toEqual([{ user: 'idp/ada', status: 'VALID', ended: at }])
  })

  it('leaves a member whom another row holds, and takes that access away which the row gave', async () => {
    await astroWith([
      ['astro/telescope', 'idp/ada', '2026-02-01'],
      ['astro', 'idp/ada'],
    ])

    await run(noon('2026-02-01'))

    expect(await statuses()).toEqual({ 'idp/ada': 'VALID' })
    const { rows } = await database.pool.query("select status from access where status = 'VALID'")
    expect(rows).toEqual([])
  })

  it('tells the relay and the audit what happened', async () => {
    await astroWith([['astro/telescope', 'idp/ada', '2026-02-01']])
    await database.pool.query('delete from outbox')

    await run(noon('2026-02-01'))

    const outbox = await database.pool.query(
      'select f.name, o.priority from outbox o join facility f on f.id = facility_id',
    )
    const events = await database.pool.query(
      `select actor, action, kind, e.name, d.personal from event e join event_detail d on d.event_id = e.id
       where actor = 'clock' order by e.id`,
    )
    expect(outbox.rows).toEqual([{ name: 'hpc', priority: 3 }])
    expect(events.rows).toEqual([
      {
        ...{ actor: 'clock', action: 'expire', kind: 'GroupMember', name: 'telescope' },
        personal: { user: 'idp/ada', expires: '2026-02-01' },
      },
      {
        ...{ actor: 'clock', action: 'status', kind: 'Membership', name: 'astro' },
        personal: { user: 'idp/ada', before: 'VALID', after: 'EXPIRED' },
      },
    ])
    expect(await verifyAudit(database.pool)).toMatchObject({ valid: true })
  })

  it('is told of every change of dates, of the zone and of names, and of nothing else', async () => {
    await astroWith([['astro', 'idp/ada']])
    const told = async (): Promise<readonly string[]> => {
      const { vos } = await readWakes(database.pool)
      await database.pool.query('delete from clock_wake')
      return vos
    }
    expect(await told()).toEqual(['astro'])

    await apply(database.pool, [row('add', 'astro', 'idp/linus')])
    expect(await told()).toEqual([])
    await apply(database.pool, [dated('astro/telescope', 'idp/linus', '2026-03-01')])
    expect(await told()).toEqual(['astro'])
    const { objects } = await stateOf(database.pool)
    const [instance] = objects.filter(({ kind }) => kind === 'Instance')
    const want: DesiredObject = { ...document('Instance', 'example', { timeZone: 'Asia/Tokyo' }) }
    await apply(database.pool, [
      {
        scope: 'instance',
        action: 'change',
        kind: 'Instance',
        name: 'example',
        want,
        fields: ['timeZone'],
        ...(instance && { have: instance }),
      },
    ])
    expect(await told()).toEqual(['astro'])
  })

  it('leaves nothing to plan, whatever ends when: planner and clock agree', async () => {
    const days = ['2026-02-01', '2026-02-02', '2026-02-03', undefined]
    const places = ['astro', 'astro/telescope', 'astro/telescope:operators']
    const people = ['idp/ada', 'idp/grace', 'idp/linus']
    const oneRow = fc.tuple(fc.constantFrom(...places), fc.constantFrom(...people), fc.constantFrom(...days))
    const someRows = fc.uniqueArray(oneRow, { selector: ([where, user]) => `${where} ${user}`, maxLength: 8 })
    await fc.assert(
      fc.asyncProperty(someRows, fc.constantFrom(...days), async (rows, today = '2026-01-31') => {
        const own = await createTestDatabase()
        const outer = database
        database = own
        try {
          await astroWith(rows.map(([where, user, day]) => (day === undefined ? [where, user] : [where, user, day])))
          await run(noon(today))
          const state = await stateOf(own.pool)
          const wanted = rows.map(([where, user, expires]): DesiredRow => {
            const [vo = '', group] = where.split('/')
            return {
              ...{ vo, user, at: { file: 'all.yaml', line: 1, column: 1 } },
              ...(group === undefined ? {} : { group }),
              ...(expires === undefined ? {} : { expires }),
            }
          })
          const desired = {
            objects: state.objects.map((object) => ({ ...object, previously: [] })),
            ...{ rows: wanted, findings: [], unreadable: [] },
          }
          const { plan } = planCommit({
            ...{ state, desired, compileSchema: anyValueFits, frozen: [], approvals: [], asOf: noon(today) },
          })
          const isHeld = (user: string) =>
            rows.some(([, who, expires]) => who === user && (expires === undefined || expires > today))

          expect(plan.changes).toEqual([])
          expect(plan.statuses).toEqual([])
          const expected = [...new Set(rows.map(([, user]) => user))].map((user) => [user, isHeld(user)])
          const found = Object.entries(await statuses()).map(([user, status]) => [user, status !== 'EXPIRED'])
          expect(Object.fromEntries(found)).toEqual(Object.fromEntries(expected))
        } finally {
          database = outer
          await own.drop()
        }
      }),
      { numRuns: 25 },
    )
  })
})

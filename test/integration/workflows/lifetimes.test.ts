import { afterAll, beforeAll, describe, expect, it, jest } from '@jest/globals'
import { createClockActivities } from '../../../activities/clock.ts'
import { tellNotices } from '../../../activities/notices.ts'
import { durationOf, minus, plus } from '../../../core/lifecycle/calendar.ts'
import { dayOf } from '../../../core/lifecycle/zones.ts'
import * as store from '../../../store/index.ts'
import { clockId, dueChanged, wakeClock, type ExpiryOutcome } from '../../../workflows/expiry/messages.ts'
import { keepHistory } from '../../replay/recorder.ts'
import type { TestTemporal } from '../../support/temporal.ts'
import { createTestDatabase, type TestDatabase } from '../../support/test-database.ts'
import { skipTime } from '../../support/time-skipping.ts'
import { add, apply, document, remove, row, stored } from '../store/world.ts'
import { openTemporal, quietActivities, withWorkers } from './harness.ts'

jest.setTimeout(300_000)

const zone = 'Europe/Prague'
const first = dayOf(new Date(), zone)
const day = (count: number): string => plus(first, durationOf(`P${count}D`))
/** A year after a day, as an extension on that day gives. */
const yearAfter = (from: string): string => plus(from, durationOf('P1Y'))
const before = (from: string, count: number): string => minus(from, durationOf(`P${count}D`))
const after = (from: string, count: number): string => plus(from, durationOf(`P${count}D`))

/** Ada extends ten days before her first end, lets the second one pass, and comes back eleven days after it. */
const extendedOn = before(yearAfter(first), 10)
const secondEnd = yearAfter(extendedOn)
const returnedOn = after(secondEnd, 11)

describe('lives of 800 days', () => {
  let temporal: TestTemporal
  let database: TestDatabase
  const answers = new Map<string, unknown>()
  beforeAll(async () => {
    temporal = await openTemporal()
    database = await createTestDatabase()
    await apply(database.pool, [
      add(document('Instance', 'example')),
      add(document('Source', 'idp', { type: 'declared' })),
      add(
        document('VO', 'astro', {
          timeZone: zone,
          expiration: { extendBy: 'P1Y', window: 'P1M', disableAfter: 'P30D', deleteAfter: 'P60D' },
          notices: { before: ['P28D', 'P7D'], after: ['P7D'] },
        }),
      ),
      add(
        document(
          'Group',
          'guests',
          { allowEmpty: true, expiration: { extendBy: 'P1Y', removeAfter: 'P10D' } },
          'astro',
        ),
      ),
    ])
  })
  afterAll(async () => {
    await temporal.close()
    await database.drop()
  })

  const common = { cause: { actor: 'local/test' }, reason: 'scenario', vo: 'astro' }
  const inTx = async <T>(work: (tx: store.Tx) => Promise<T>): Promise<T> => store.inTransaction(database.pool, work)

  // eslint-disable-next-line @typescript-eslint/max-params -- read as one line of a table
  async function act(what: 'add' | 'extend', user: string, now: Date, more: { group?: string; expires?: string } = {}) {
    const { group, expires } = more
    const requests = [{ user, ...(expires === undefined ? {} : { expires }) }]
    const input = { ...common, act: what, requests, now, ...(group === undefined ? {} : { group }) }
    return inTx((tx) => store.actOnMembers(tx, input))
  }

  /** What people do on their days; the clock wakes on each of them, because somebody else's membership ends then. */
  const script: Readonly<Record<string, (now: Date) => Promise<unknown>>> = {
    [day(100)]: async (now) => answers.set('outside the window', await act('extend', 'idp/ada', now)),
    [day(150)]: async (now) => {
      const requests = [{ user: 'idp/ada', reason: 'pause', until: day(170) }]
      await inTx((tx) => store.addBans(tx, { ...common, place: { kind: 'vo', vo: 'astro' }, requests, now }))
    },
    [day(160)]: async () =>
      answers.set(
        'banned',
        (await store.listMembers(database.pool, { vo: 'astro' })).members.find(({ user }) => user === 'idp/ada'),
      ),
    [day(170)]: async (now) => {
      for (const { id } of await store.listEndingBans(database.pool)) await inTx((tx) => store.endBan(tx, { id, now }))
    },
    [day(130)]: async (now) => answers.set('return after deletion', await act('add', 'idp/bob', now)),
    [extendedOn]: async (now) => answers.set('in the window', await act('extend', 'idp/ada', now)),
    [returnedOn]: async (now) => answers.set('return after expiry', await act('extend', 'idp/ada', now)),
    [day(800)]: async () => {
      answers.set('told', await toldTo('idp/ada'))
      await apply(database.pool, [remove(await stored(database.pool, 'VO', 'astro'))])
    },
  }

  const handleOfClock = () => temporal.client.workflow.getHandle<() => Promise<ExpiryOutcome>>(clockId('astro'))

  /** The clock's own activities, told so often of other dates that it goes on as a new run in between; after each turn, people do what the script has for that day. */
  function scripted() {
    const render = async ({ text }: { readonly text: string }) => text
    const notices = { pool: database.pool, store, render, onBroken: () => undefined }
    const tell = async (input: Parameters<typeof tellNotices>[1]) => tellNotices(notices, input)
    const clock = createClockActivities({ pool: database.pool, store, tell, reached: () => undefined })
    const done = new Set<string>()
    let wakes = 0
    return {
      ...quietActivities(),
      ...clock,
      findNextMoment: async (input: Parameters<typeof clock.findNextMoment>[0]) => {
        wakes += 1
        if (wakes <= 90) await handleOfClock().signal(dueChanged)
        return clock.findNextMoment(input)
      },
      runClock: async (input: Parameters<typeof clock.runClock>[0]) => {
        const result = await clock.runClock(input)
        const today = dayOf(new Date(input.now), zone)
        if (!done.has(today)) {
          done.add(today)
          await script[today]?.(new Date(input.now))
        }
        return result
      },
    }
  }

  async function toldTo(user: string): Promise<object[]> {
    const { rows } = await database.pool.query<object>(
      `select n.kind, n.date::text as date, day_of(n.due_at, $2)::text as day,
         n.due_at = start_of(day_of(n.due_at, $2), $2) as "atMidnight"
       from notice n join identity i on i.person_id = n.person_id where i.ref = $1 order by n.due_at`,
      [user, zone],
    )
    return rows
  }

  async function history(user: string): Promise<string[]> {
    const { rows } = await database.pool.query<{ line: string }>(
      `select day_of(began, $2)::text || ' ' || status as line
       from member_past m join identity i on i.person_id = m.person_id where i.ref = $1 order by began`,
      [user, zone],
    )
    return rows.map(({ line }) => line)
  }

  it('end, are extended, told, banned, disabled, deleted and begun again on the right local days', async () => {
    const noon = new Date()
    await act('add', 'idp/ada', noon)
    await act('add', 'idp/bob', noon, { expires: day(30) })
    await act('add', 'idp/carol', noon, { expires: day(799) })
    await act('add', 'idp/carol', noon, { group: 'guests', expires: day(50) })
    const beats = Object.keys(script)
    await apply(
      database.pool,
      beats.map((on, index) => ({ ...row('add', 'astro', `idp/beat${index}`), expires: { before: null, after: on } })),
    )
    const activities = scripted()
    let firstRun = ''

    const outcome = await withWorkers(temporal, activities, async () => {
      const { signaledRunId } = await temporal.client.workflow.signalWithStart('expiry', wakeClock('astro'))
      firstRun = signaledRunId
      await skipTime(temporal.client, { workflowId: clockId('astro') })
      return handleOfClock().result()
    })

    const notice = (kind: string, date: string, on: string) => ({
      kind,
      date,
      day: on,
      atMidnight: true,
    })
    expect(answers.get('told')).toEqual([
      notice('before-P28D', yearAfter(first), before(yearAfter(first), 28)),
      notice('before-P28D', secondEnd, before(secondEnd, 28)),
      notice('before-P7D', secondEnd, before(secondEnd, 7)),
      notice('after-P7D', secondEnd, after(secondEnd, 7)),
    ])
    expect(Object.fromEntries(answers)).toMatchObject({
      'outside the window': [{ user: 'idp/ada', refused: { reason: 'outside-window' } }],
      banned: { user: 'idp/ada', status: 'VALID', banned: true },
      'in the window': [{ user: 'idp/ada', status: 'VALID', expires: secondEnd }],
      'return after expiry': [{ user: 'idp/ada', status: 'VALID', expires: yearAfter(returnedOn) }],
      'return after deletion': [{ user: 'idp/bob', status: 'VALID', expires: yearAfter(day(130)) }],
    })
    expect(await history('idp/ada')).toEqual([`${first} VALID`, `${secondEnd} EXPIRED`, `${returnedOn} VALID`])
    expect((await history('idp/bob')).slice(0, 4)).toEqual([
      ...[`${first} VALID`, `${day(30)} EXPIRED`, `${day(60)} DISABLED`, `${day(130)} VALID`],
    ])
    expect(await history('idp/carol')).toEqual([`${first} VALID`, `${day(799)} EXPIRED`])
    const { rows: guests } = await database.pool.query(
      `select status, day_of(began, $1)::text as began, day_of(ended, $1)::text as ended
       from membership_past where group_id is not null order by began`,
      [zone],
    )
    expect(guests).toEqual([
      { status: 'VALID', began: first, ended: day(50) },
      { status: 'EXPIRED', began: day(50), ended: day(60) },
    ])
    expect(outcome.kind).toBe('gone')
    expect((await handleOfClock().describe()).runId).not.toBe(firstRun)
    await keepHistory(temporal.client, { workflowId: clockId('astro'), runId: firstRun, scenario: '800-days-begun' })
    await keepHistory(temporal.client, { workflowId: clockId('astro'), scenario: '800-days-continued' })
  })
})

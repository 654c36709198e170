import { afterEach, beforeEach, describe, expect, it } from '@jest/globals'
import {
  inTransaction,
  lookAtApplication,
  readApplicationWakes,
  showApplication,
  type ApplicationStanding,
} from '../../../store/index.ts'
import { createTestDatabase, type TestDatabase } from '../../support/test-database.ts'
import { applicationsIn, compileSchema, join, noon, reasonOf } from './applications-world.ts'
import { apply, change, document, stored } from './world.ts'

let database: TestDatabase

beforeEach(async () => {
  database = await createTestDatabase()
})

afterEach(async () => database.drop())

const { act, astro, filed, stateOf } = applicationsIn(() => database)

async function look(id: number, day: string): Promise<ApplicationStanding | undefined> {
  return inTransaction(database.pool, (tx) => lookAtApplication(tx, { id, now: noon(day), compileSchema }))
}

/** What happened to applications since they were filed. */
async function done(): Promise<string[]> {
  const { rows } = await database.pool.query<{ line: string }>(
    `select to_char(at at time zone 'UTC', 'YYYY-MM-DD') || ' ' || action as line from event
     where kind = 'Application' and action <> 'file' order by id`,
  )
  return rows.map(({ line }) => line)
}

const managers = { managers: [{ user: 'idp/ada' }, { user: 'idp/grace' }] }
const step = { by: 'managers', escalateAfter: 'P7D', escalateTo: { user: 'idp/grace' } }
const urged = { ...join, approval: { steps: [step], remindAfter: 'P3D', rejectAfter: 'P30D' } }

describe('an application that nobody decides about', () => {
  it('reminds, is opened to others and is rejected, each once and on its day', async () => {
    await astro(urged)
    const id = await filed('idp/new')

    expect(await look(id, '2026-02-03')).toMatchObject({ next: { kind: 'remind', at: noon('2026-02-04') } })
    for (const day of ['2026-02-04', '2026-02-04', '2026-02-07', '2026-02-08', '2026-02-08']) await look(id, day)
    expect((await showApplication(database.pool, id))?.isEscalated).toBe(true)
    expect(await look(id, '2026-02-10')).toMatchObject({ next: { kind: 'remind', at: noon('2026-02-13') } })
    expect(await look(id, '2026-03-03')).toEqual({ kind: 'ended', outcome: 'rejected' })

    expect(await done()).toEqual([
      ...['2026-02-04 remind', '2026-02-07 remind', '2026-02-08 escalate', '2026-02-10 remind'],
      '2026-03-03 reject',
    ])
    expect((await showApplication(database.pool, id))?.reason).toBe('silence: nobody decided in time')
  })

  it('makes one reminder good where several were missed', async () => {
    await astro(urged)
    const id = await filed('idp/new')

    expect(await look(id, '2026-02-25')).toMatchObject({ next: { kind: 'remind', at: noon('2026-02-28') } })

    expect(await done()).toEqual(['2026-02-25 escalate', '2026-02-25 remind'])
  })

  it('waits anew once it is changed, and says so where it is not', async () => {
    await astro({ ...join, approval: { rejectAfter: 'P30D' } })
    const [changed, left] = [await filed('idp/new'), await filed('idp/other')]
    for (const id of [changed, left]) await act('request-changes', id, 'idp/ada')
    expect(await look(left, '2026-03-03')).toMatchObject({ next: { kind: 'reject', at: noon('2026-03-04') } })
    await act('resubmit', changed, 'idp/new', { answers: { name: 'Newer' } })

    expect(await look(changed, '2026-03-03')).toMatchObject({ next: { kind: 'reject', at: noon('2026-03-04') } })
    expect(await look(left, '2026-03-04')).toEqual({ kind: 'ended', outcome: 'rejected' })
    expect((await showApplication(database.pool, left))?.reason).toBe('silence: no other answers came in time')
  })
})

describe('an application that waits for a place', () => {
  it('is not rejected by silence, and writes nothing however often it is looked at', async () => {
    await astro({ ...join, approval: { rejectAfter: 'P30D' } }, { ...managers, maxMembers: 2 })
    const id = await filed('idp/new')
    expect(reasonOf(await act('approve', id, 'idp/ada'))).toBe('done')
    expect(await stateOf(id)).toBe('waiting for place')
    const before = await done()

    expect(await look(id, '2026-02-03')).toMatchObject({ state: 'waiting', next: undefined })
    expect(await look(id, '2027-02-03')).toMatchObject({ state: 'waiting', next: undefined })

    expect(await done()).toEqual(before)
  })

  it('has to be approved again where it would be decided under something else now', async () => {
    await astro(join, { ...managers, maxMembers: 2 })
    const id = await filed('idp/new')
    expect(reasonOf(await act('approve', id, 'idp/ada'))).toBe('done')
    const have = await stored(database.pool, 'VO', 'astro')
    const fields = ['maxMembers', 'requires']
    const spec = { ...managers, requires: { loa: [1] } }
    await apply(database.pool, [{ ...change(have, document('VO', 'astro', spec)), fields }])

    expect((await readApplicationWakes(database.pool)).applications).toContain(id)
    expect(await look(id, '2026-02-03')).toMatchObject({ state: 'open' })
    expect((await done()).at(-1)).toBe('2026-02-03 void-approvals')
    expect(reasonOf(await act('approve', id, 'idp/grace'))).toBe('done')
    expect(await stateOf(id)).toBe('approved')
  })
})

describe('a form that changes while an application waits', () => {
  it('has other durations at once, counted from the same day', async () => {
    await astro(urged)
    const id = await filed('idp/new')
    await look(id, '2026-02-04')
    const have = await stored(database.pool, 'Form', 'join')
    const slower = { steps: [{ ...step, escalateAfter: 'P20D' }], remindAfter: 'P10D', rejectAfter: 'P60D' }
    await apply(database.pool, [change(have, document('Form', 'enter', { ...join, approval: slower }, 'astro'))])

    expect((await readApplicationWakes(database.pool)).applications).toContain(id)
    expect(await look(id, '2026-02-09')).toMatchObject({ next: { kind: 'remind', at: noon('2026-02-14') } })
    expect(await look(id, '2026-02-21')).toMatchObject({ next: { kind: 'remind', at: noon('2026-02-24') } })
    expect(await done()).toEqual(['2026-02-04 remind', '2026-02-21 escalate', '2026-02-21 remind'])
  })

  it('has it decided again from the first step on', async () => {
    const steps = [{ by: 'managers' }, { by: 'managers', escalateAfter: 'P7D', escalateTo: { user: 'idp/linus' } }]
    await astro({ ...join, approval: { steps } }, managers)
    const id = await filed('idp/new')
    expect(reasonOf(await act('approve', id, 'idp/ada'))).toBe('done')
    await look(id, '2026-02-10')
    expect((await showApplication(database.pool, id))?.isEscalated).toBe(true)
    const have = await stored(database.pool, 'Form', 'join')
    const longer = {
      ...join,
      approval: { steps: [{ by: 'managers', escalateAfter: 'P7D', escalateTo: { user: 'idp/linus' } }, ...steps] },
    }
    await apply(database.pool, [change(have, document('Form', 'join', longer, 'astro'))])

    expect(await look(id, '2026-02-11')).toMatchObject({ next: { kind: 'escalate', at: noon('2026-02-18') } })

    expect((await showApplication(database.pool, id))?.isEscalated).toBe(false)
    expect(await done()).toEqual(['2026-02-02 approve', '2026-02-10 escalate', '2026-02-11 void-approvals'])
  })
})

import { afterEach, beforeEach, describe, expect, it, jest } from '@jest/globals'
import fc from 'fast-check'
import { renderForecast } from '../../../cli/text/forecast.ts'
import type { Forecast } from '../../../core/model/forecast.ts'
import { actOnMembers, foresee, inTransaction, nextDue, rehearse, runClock } from '../../../store/index.ts'
import { createTestDatabase, type TestDatabase } from '../../support/test-database.ts'
import { add, apply, change, document, row, smallWorld, stored } from './world.ts'

jest.setTimeout(240_000)

const noon = (day: string): Date => new Date(`${day}T12:00:00Z`)
const dayMs = 24 * 60 * 60_000
const start = noon('2026-02-01')
const lastDay = 25
const vos = ['astro', 'bio'] as const

let database: TestDatabase

beforeEach(async () => {
  database = await createTestDatabase()
})
afterEach(async () => database.drop())

function dayAfter(days: number): string {
  return new Date(start.getTime() + days * dayMs).toISOString().slice(0, 10)
}

/** What may end, and the groups that people are in. */
const objects = [
  ...['VO astro', 'VO bio', 'Group telescope', 'Group telescope:operators', 'Group heads', 'Group staff'],
  ...['Resource cluster', 'Resource archive', 'Resource plates'],
] as const
const groups = ['astro/telescope', 'astro/telescope:operators', 'astro/heads', 'bio/staff'] as const

interface Times {
  /** After how many days each of the objects ends. */
  readonly ends: readonly (number | undefined)[]
  /** After how many days each person leaves the group. */
  readonly people: readonly { readonly group: (typeof groups)[number]; readonly until: number | undefined }[]
}

const inDays = fc.option(fc.integer({ min: 1, max: 20 }), { nil: undefined, freq: 1 })
const times: fc.Arbitrary<Times> = fc.record({
  ends: fc.array(inDays, { minLength: objects.length, maxLength: objects.length }),
  people: fc.array(fc.record({ group: fc.constantFrom(...groups), until: inDays }), { minLength: 4, maxLength: 8 }),
})

/** Two VOs with resources for each other's people, astro under the management of groups of both. */
async function endingWorld({ ends, people }: Times): Promise<void> {
  const managers = [{ user: 'idp/ada' }, { group: 'heads' }, { group: 'bio/staff' }]
  await apply(database.pool, [
    ...smallWorld(),
    add(document('VO', 'bio', { managers: [{ group: 'staff' }] })),
    add(document('Group', 'heads', {}, 'astro')),
    add(document('Group', 'staff', {}, 'bio')),
  ])
  await apply(database.pool, [
    change(await stored(database.pool, 'VO', 'astro'), document('VO', 'astro', { managers })),
    change(
      await stored(database.pool, 'Resource', 'cluster'),
      document('Resource', 'cluster', { facility: 'hpc', services: [], groups: ['telescope'] }, 'astro'),
    ),
    add(document('Resource', 'archive', { facility: 'hpc', services: [], groups: ['members'] }, 'astro')),
    add(document('Resource', 'plates', { facility: 'hpc', services: [], groups: ['bio/members', 'heads'] }, 'astro')),
  ])
  for (const [index, object] of objects.entries()) {
    const days = ends[index]
    const [kind, name = ''] = object.split(' ')
    if (days === undefined || (kind !== 'VO' && kind !== 'Group' && kind !== 'Resource')) continue
    const have = await stored(database.pool, kind, name)
    await apply(database.pool, [change(have, document(kind, name, { ...have.spec, expires: dayAfter(days) }, have.vo))])
  }
  await letIn(people)
}

async function letIn(people: Times['people']): Promise<void> {
  for (const [index, { group, until }] of people.entries()) {
    const [vo = '', name = ''] = group.split('/')
    const user = `idp/p${index}`
    await apply(database.pool, [row('add', vo, user)])
    const requests = [{ user, ...(until === undefined ? {} : { expires: dayAfter(until) }) }]
    const input = {
      act: 'add',
      vo,
      group: name,
      requests,
      reason: '',
      cause: { actor: 'local/test' },
      now: start,
    } as const
    await inTransaction(database.pool, (tx) => actOnMembers(tx, input))
  }
}

async function foreseen(): Promise<Forecast> {
  const until = new Date(start.getTime() + lastDay * dayMs)
  return rehearse(database.pool, (tx) => foresee(tx, { from: start, until }))
}

async function lines(query: string): Promise<readonly string[]> {
  const { rows } = await database.pool.query<{ line: string }>(query)
  return rows.map(({ line }) => line)
}

const reached = `select distinct 'resource ' || vo.name || '/' || r.name || ' ' || p.identities[1] as line
  from access a join resource r on r.id = a.resource_id join vo on vo.id = r.vo_id join person p on p.id = a.person_id
  where a.status = 'VALID' and not a.is_banned order by 1`
const managing = `select vo.name || ' ' || p.identities[1] as line
  from vo, person p where is_among(vo.spec->'managers', vo.name, p.id) order by 1`
const used = `select vo.name || '/' || g.name as line
  from groups g join vo on vo.id = g.vo_id
  where not g.is_members and exists (
    select from person p where is_among(jsonb_build_array(jsonb_build_object('group', g.name)), vo.name, p.id))
  order by 1`

function without(before: readonly string[], after: readonly string[]): readonly string[] {
  return before.filter((line) => !after.includes(line))
}

function countOf(vo: string, managers: readonly string[]): number {
  return managers.filter((line) => line.startsWith(`${vo} `)).length
}

type Lived = Pick<Forecast, 'managers' | 'emptied'> & { readonly lost: readonly string[] }

/** Lets one clock do what is due by then; who loses access when something ends. */
async function runAll(vo: string, now: Date): Promise<{ readonly any: boolean; readonly lost: readonly string[] }> {
  const lost: string[] = []
  for (let any = false; ; any = true) {
    const due = await nextDue(database.pool, vo)
    const before = due?.kind === 'end' ? await lines(reached) : []
    const step = await inTransaction(database.pool, (tx) => runClock(tx, { vo, now, atMost: 2 }))
    if (!step.more) return { any, lost }
    lost.push(...without(before, before.length === 0 ? [] : await lines(reached)))
  }
}

/** Lets the clocks run day by day, and looks at what is left after each, by the rights that people have. */
async function liveOn(): Promise<Lived> {
  const lived: Lived[] = []
  let [managers, groupsInUse] = [await lines(managing), await lines(used)]
  for (let days = 1; days <= lastDay; days += 1) {
    const day = dayAfter(days)
    for (let isAny = true; isAny;) {
      isAny = false
      for (const vo of vos) {
        const { any, lost } = await runAll(vo, new Date(`${day}T00:00:00Z`))
        isAny ||= any
        const [had, inUse] = [managers, groupsInUse]
        ;[managers, groupsInUse] = [await lines(managing), await lines(used)]
        lived.push({
          lost: lost.map((line) => `${day} ${line}`),
          managers: vos.flatMap((of) => {
            const [before, after] = [countOf(of, had), countOf(of, managers)]
            return after < before && after < 2 ? [{ day, vo: of, before, after }] : []
          }),
          emptied: without(inUse, groupsInUse).map((line) => {
            const [of = '', group = ''] = line.split('/')
            return { day, vo: of, group }
          }),
        })
      }
    }
  }
  return {
    lost: lived.flatMap(({ lost }) => lost).sort(),
    managers: lived.flatMap((one) => one.managers),
    emptied: lived.flatMap((one) => one.emptied),
  }
}

async function ended(): Promise<readonly string[]> {
  return lines(
    `select concat_ws(' ', day_of(e.over_since, 'UTC')::text, e.kind, vo.name, e.name) as line
     from ending e join vo on vo.id = e.vo_id where e.over_since is not null order by 1`,
  )
}

function lostBy({ changes }: Forecast): readonly string[] {
  return changes
    .filter(({ what }) => what === 'loses access')
    .map(({ day, vo, name, user }) => `${day} resource ${vo ?? ''}/${name ?? ''} ${user}`)
    .sort()
}

describe('a forecast of VOs, groups and resources with a date', () => {
  it('tells what ends, who loses access by it, which limits are met, and who is left to manage', async () => {
    const people = [{ group: 'astro/heads', until: undefined }] as const
    await endingWorld({ ends: [...Array<undefined>(4).fill(undefined), 3, undefined, 5], people })
    const astro = await stored(database.pool, 'VO', 'astro')
    const managers = [{ user: 'idp/ada' }, { group: 'heads' }]
    await apply(database.pool, [change(astro, document('VO', 'astro', { managers }))])

    const forecast = await foreseen()

    expect(forecast).toMatchObject({
      ends: [
        { at: '2026-02-04T00:00:00.000Z', day: '2026-02-04', vo: 'astro', kind: 'Group', name: 'heads' },
        { at: '2026-02-06T00:00:00.000Z', day: '2026-02-06', vo: 'astro', kind: 'Resource', name: 'cluster' },
      ],
      managers: [{ day: '2026-02-04', vo: 'astro', before: 2, after: 1 }],
      emptied: [{ day: '2026-02-04', vo: 'astro', group: 'heads' }],
      limits: expect.arrayContaining([
        expect.objectContaining({ subject: 'resource astro/cluster', isForeseen: true }),
      ]),
    })
    expect(lostBy(forecast)).toEqual([
      '2026-02-04 resource astro/plates idp/p0',
      '2026-02-06 resource astro/cluster idp/ada',
      '2026-02-06 resource astro/cluster idp/grace',
    ])
    const text = renderForecast(forecast)
    expect(text).toMatch(/2026-02-06 +astro +loses access to cluster +2 +idp\/ada, idp\/grace\n/)
    expect(text).toContain(
      'VOs, groups and resources that end:\n  ! 2026-02-04 group astro/heads\n  ! 2026-02-06 resource astro/cluster\n',
    )
  })

  it('is what the clocks then do, for random dates of all of them and of people', async () => {
    await fc.assert(
      fc.asyncProperty(times, async (given) => {
        await database.drop()
        database = await createTestDatabase()
        await endingWorld(given)

        const forecast = await foreseen()
        const { managers, emptied, lost } = await liveOn()

        expect(forecast.ends.map(({ day, kind, vo, name }) => `${day} ${kind} ${vo} ${name}`).sort()).toEqual(
          await ended(),
        )
        expect(lostBy(forecast)).toEqual(lost)
        expect({ managers: forecast.managers, emptied: forecast.emptied }).toEqual({ managers, emptied })
      }),
      { numRuns: 5, endOnFailure: true },
    )
  })
})

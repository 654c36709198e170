import { afterEach, beforeEach, describe, expect, it } from '@jest/globals'
import { nextDue, verifyAudit } from '../../../store/index.ts'
import { group } from '../../support/builders.ts'
import { createTestDatabase, type TestDatabase } from '../../support/test-database.ts'
import { bring } from './commits.ts'
import { ada, begin, documents, noon, open, rules, exclusiveWorld } from './exclusive-world.ts'

let database: TestDatabase

beforeEach(async () => {
  database = await createTestDatabase()
})

afterEach(async () => database.drop())

const { commit, left, act, see, sync, run, inAstro } = exclusiveWorld(() => database.pool)

const ruled = { ...ada, 'idp/x': 'VALID friends:rule' }

const ways: readonly (readonly [string, () => Promise<void>, Date])[] = [
  [
    'an act in another VO turns its rule',
    async () => {
      await act({ act: 'add', vo: 'bio', group: 'board', now: begin })
      expect(await inAstro()).toEqual(ruled)
      await act({ act: 'remove', vo: 'bio', group: 'board', now: noon('2026-02-01') })
    },
    noon('2026-02-01'),
  ],
  [
    'the clock of another VO turns its rule',
    async () => {
      await act({ act: 'add', vo: 'bio', group: 'board', expires: '2026-03-01', now: begin })
      expect(await inAstro()).toEqual(ruled)
      await run('bio', noon('2026-03-09'))
    },
    noon('2026-03-09'),
  ],
  [
    'its own clock turns its rule, as a level counts no longer',
    async () => {
      await see(2, begin)
      expect(await inAstro()).toEqual({ ...ada, 'idp/x': 'VALID proven:rule' })
      await run('astro', noon('2026-03-09'))
    },
    noon('2026-03-09'),
  ],
  [
    'a sync names them no more',
    async () => {
      await sync(['hr/x'])
      expect(await inAstro()).toEqual({ ...ada, 'idp/x': 'VALID staff:sync' })
      await sync([])
    },
    noon('2026-02-01'),
  ],
  [
    'a sync with authority names them no more',
    async () => {
      await sync(['hr/x'], { authoritative: true })
      await sync([], { authoritative: true })
    },
    noon('2026-02-01'),
  ],
]
const crowdOf = (count: number): string[] => Array.from({ length: count }, (_, index) => `hr/p${index}`)
const proven = group('astro/proven', { ...open, where: '2 in user.loas' })

describe.each([
  ['rules of expiration', rules],
  ['none', {}],
])('in an exclusive VO with %s, somebody whom nothing holds any more', (_, spec) => {
  it.each(ways)('is out of it at once where %s', async (_name, happen, at) => {
    const wanted = documents(spec, proven)
    await commit(wanted)

    await happen()

    expect(await inAstro()).toEqual(ada)
    expect(await left(wanted, at)).toEqual([])
    expect(await verifyAudit(database.pool)).toMatchObject({ valid: true })
  })
})

describe('elsewhere, somebody whom nothing holds any more', () => {
  it.each(ways)('is kept by a managers row where %s', async (_name, happen, at) => {
    const wanted = documents({ ...rules, exclusive: false }, proven)
    await commit(wanted)

    await happen()

    expect(await inAstro()).toMatchObject({ 'idp/x': expect.stringMatching(/^(VALID own:manager|EXPIRED)$/) })
    expect(await left(wanted, at)).toEqual([])
  })
})

describe('whom only a group held that git takes away', () => {
  it.each([
    ['is out of an exclusive VO', true, ada],
    ['is kept by a managers row elsewhere', false, { ...ada, 'idp/x': 'VALID own:manager' }],
  ])('%s', async (_, exclusive, expected) => {
    const wanted = documents({ ...rules, exclusive })
    await commit(wanted)
    await act({ act: 'add', vo: 'bio', group: 'board', now: begin })
    const fewer = wanted.filter(({ object }) => object.name !== 'friends')

    await commit(fewer, noon('2026-02-01'))

    expect(await inAstro()).toEqual(expected)
    expect(await nextDue(database.pool, 'astro')).toMatchObject({ count: exclusive ? 0 : 1 })
  })
})

describe('whom a source gives an exclusive VO itself, or an exclusive group of it', () => {
  it.each([
    ['VO', undefined, 'own'],
    ['group', 'crew', 'crew'],
  ])('stays in the %s through commits, and is out as soon as the source does not give them', async (_, into, place) => {
    const wanted = documents(rules, group('astro/crew', { ...open, exclusive: true, members: [] }))
    await commit(wanted)
    const some = [...crowdOf(3), 'hr/x']

    await sync(some, { group: into })
    expect(await inAstro()).toMatchObject({ ...ada, 'idp/x': `VALID ${place}:sync` })
    expect(await left(wanted, noon('2026-02-01'))).toEqual([])
    await bring(database.pool, [...wanted, group('astro/other', open)], noon('2026-02-02'))
    expect(await inAstro()).toMatchObject({ ...ada, 'idp/x': `VALID ${place}:sync` })
    await sync(crowdOf(3), { group: into, now: noon('2026-02-03') })

    expect(Object.keys(await inAstro())).toEqual(['hr/p0', 'hr/p1', 'hr/p2', 'idp/ada'])
    expect(await verifyAudit(database.pool)).toMatchObject({ valid: true })
  })

  it('loses only the row of a manager by a commit, and stays', async () => {
    const wanted = documents({ exclusive: false, members: [] })
    await commit(wanted)
    await act({ act: 'add', vo: 'astro', now: begin })
    await sync(['hr/x'], { group: undefined, now: noon('2026-01-20') })
    expect(await inAstro()).toEqual({ 'idp/x': 'VALID own:manager own:sync' })

    await commit(documents({ members: [] }), noon('2026-02-01'))

    expect(await inAstro()).toEqual({ 'idp/x': 'VALID own:sync' })
  })
})

describe('the guard of an exclusive VO', () => {
  it.each([
    [
      'counts whom a clock takes out of it by a date of few days',
      '2026-01-08',
      ['bio/board', 'astro/astro', 'astro/friends'],
    ],
    ['does not count whom a clock takes out of it by a date that stood for a week', '2026-03-01', []],
  ])('%s', async (_, expires, counted) => {
    await commit(documents())
    await act({ act: 'add', vo: 'bio', group: 'board', expires, now: begin })

    await run('bio', noon('2026-03-09'))

    const { rows } = await database.pool.query<{ said: string }>(`select vo || '/' || name as said from loss`)
    expect(rows.map(({ said }) => said).sort()).toEqual([...counted].sort())
  })

  it('holds a sync that takes too many out of it, and changes nothing', async () => {
    const crowd = crowdOf(20)
    const wanted = [...documents({ guard: { remove: '25%' } })]
    await commit(wanted)
    await sync(crowd)
    const before = await inAstro()

    const { outcome } = await sync(crowd.slice(10))

    expect(outcome).toBe('held')
    expect(await inAstro()).toEqual(before)
  })
})

import { describe, expect, it } from '@jest/globals'
import type { GroupSpec, InstanceSpec } from '../../../schemas/generated/config.ts'
import type { Specs } from '../../../core/model/config-object.ts'
import type { State } from '../../../core/model/state.ts'
import {
  desire,
  facility,
  group,
  inForce,
  instance,
  people,
  resource,
  source,
  vo,
  type Document,
} from '../../support/builders.ts'
import { plan, planOf } from '../../support/plan.ts'

interface Story {
  readonly guard?: NonNullable<InstanceSpec['guard']>
  readonly vo?: Specs['VO']
  readonly group?: GroupSpec
}

function team(members: readonly string[], story: Story = {}): Document[] {
  return [
    instance(story.guard === undefined ? {} : { guard: story.guard }),
    source('idp'),
    vo('astro', { ...story.vo, members: people(200) }),
    group('astro/team', { ...story.group, members }),
  ]
}

function reasonsOf(state: State, documents: readonly Document[]): string[] {
  const { guard } = plan(state, desire(...documents))
  return guard.scopes.flatMap(({ scope, reasons }) =>
    reasons.map(({ code, subject }) => `${scope}: ${code} ${subject}`),
  )
}

const tooMany = 'vo:astro: removes-too-many group astro/team'
const empty = 'vo:astro: becomes-empty group astro/team'

describe('the guard', () => {
  it.each([
    ['the first members of an empty group pass', 0, 200, []],
    ['an empty group that stays empty passes', 0, 0, []],
    ['the only member goes: the group becomes empty', 1, 0, [empty]],
    ['8 of 9 may go, the share counts from 10 on', 9, 1, []],
    ['all of 9 may not go', 9, 0, [empty]],
    ['2 of 10 are under a quarter', 10, 8, []],
    ['3 of 10 are over a quarter', 10, 7, [tooMany]],
    ['all of 10 are both too many and the last', 10, 0, [empty, tooMany]],
    ['2 of 11 pass', 11, 9, []],
    ['3 of 11 are over a quarter', 11, 8, [tooMany]],
    ['exactly a quarter passes', 12, 9, []],
    ['exactly a quarter of 200 passes', 200, 150, []],
    ['one more than a quarter of 200 is held', 200, 149, [tooMany]],
    ['twice as many more pass', 50, 150, []],
    ['more than twice as many more are held', 50, 151, ['vo:astro: adds-too-many group astro/team']],
    ['growth counts from 50 on', 49, 200, []],
  ])('%s', (...[, before, after, expected]) => {
    expect(reasonsOf(inForce(...team(people(before))), team(people(after)))).toEqual(expected)
  })

  it.each<[string, Story, number, number, readonly string[]]>([
    ['allowEmpty lets a small group become empty', { group: { allowEmpty: true } }, 5, 0, []],
    ['allowEmpty does not lift the share', { group: { allowEmpty: true } }, 10, 0, [tooMany]],
    ['a VO may be stricter', { vo: { guard: { remove: '10%' } } }, 20, 17, [tooMany]],
    ['a group may be stricter', { group: { guard: { from: 4 } } }, 4, 2, [tooMany]],
    ['a VO cannot be looser', { vo: { guard: { remove: '90%' } } }, 20, 10, [tooMany]],
    ['a number of people holds besides the share', { guard: { remove: '90%', people: 40 } }, 200, 159, [tooMany]],
    ['that number of people itself passes', { guard: { remove: '90%', people: 40 } }, 200, 160, []],
    [
      'an override loosens for one VO',
      { guard: { remove: '90%', people: 40, overrides: [{ vo: 'astro', people: 60 }] } },
      200,
      150,
      [],
    ],
  ])('%s', (...[, story, before, after, expected]) => {
    expect(reasonsOf(inForce(...team(people(before), story)), team(people(after), story))).toEqual(expected)
  })

  it('counts who left within the window together with who leaves now', () => {
    const state = inForce(...team(people(10)))
    const losses = [11, 12, 13].map((user) => ({ set: { kind: 'group', vo: 'astro', name: 'team' } as const, user }))

    expect(reasonsOf({ ...state, losses }, team(people(9)))).toEqual([tooMany])
    expect(reasonsOf({ ...state, losses: [] }, team(people(9)))).toEqual([])
  })

  it('does not let a commit loosen the limit it breaks', () => {
    const state = inForce(...team(people(20)))

    expect(reasonsOf(state, team(people(10), { guard: { remove: '90%' } }))).toEqual([tooMany])
  })

  it('does not let a commit allow the emptiness it brings', () => {
    const state = inForce(...team(people(5)))

    expect(reasonsOf(state, team([], { group: { allowEmpty: true } }))).toEqual([empty])
  })

  it('holds every VO with a part in what a facility loses', () => {
    const two = (astro: number, bio: number): Document[] => [
      ...[instance(), source('idp'), facility('hpc'), vo('astro'), vo('bio')],
      ...[group('astro/a', { members: people(8) }), group('astro/b', { members: people(astro, 9) })],
      ...[group('bio/a', { members: people(8, 21) }), group('bio/b', { members: people(bio, 29) })],
      ...[resource('astro/r', { groups: ['a', 'b'] }), resource('bio/r', { groups: ['a', 'b'] })],
    ]

    expect(reasonsOf(inForce(...two(4, 4)), two(1, 1)).filter((reason) => reason.includes('facility'))).toEqual([])
    expect(reasonsOf(inForce(...two(8, 8)), two(3, 3)).filter((reason) => reason.includes('facility'))).toEqual([
      'vo:astro: removes-too-many facility hpc',
      'vo:bio: removes-too-many facility hpc',
    ])
  })

  it('holds the instance where a facility narrows its offer', () => {
    const offered = (vos: readonly string[]): Document[] => [
      ...[instance(), source('idp'), facility('hpc', { offers: vos.map((name) => ({ name, vo: name })) })],
      ...[vo('astro'), group('astro/team', { members: people(12) }), resource('astro/r', { groups: ['team'] })],
    ]

    const { guard, impact, offers } = planOf(offered(['astro']), offered([]))

    expect(guard.scopes.map(({ scope, verdict }) => [scope, verdict])).toEqual([['instance', 'held']])
    expect(impact.lost).toHaveLength(12)
    expect(offers).toEqual([{ vo: 'astro', name: 'r', isWithin: false }])
  })

  it.each<[string, Document[], Document[], readonly string[]]>([
    [
      'a VO with members is deleted',
      [vo('bio', { members: people(2) })],
      [],
      ['vo:bio: deletes-with-dependants vo bio'],
    ],
    ['a VO nobody is in is deleted', [vo('bio')], [], []],
    [
      'a facility with a destination is deleted',
      [facility('f', { destinations: [{ name: 'd', services: [], type: 'directory' }] })],
      [],
      ['instance: deletes-with-dependants facility f'],
    ],
    ['a facility nothing lies on is deleted', [facility('f')], [], []],
    [
      'the last manager of a VO goes',
      [vo('bio', { managers: [{ user: 'idp/ada' }] })],
      [vo('bio', { managers: [] })],
      ['vo:bio: last-manager vo bio'],
    ],
    [
      'the group that manages a facility becomes empty',
      [
        vo('bio'),
        group('bio/g', { allowEmpty: true, members: people(1) }),
        facility('f', { managers: [{ group: 'bio/g' }] }),
      ],
      [
        vo('bio', { members: people(1) }),
        group('bio/g', { allowEmpty: true, members: [] }),
        facility('f', { managers: [{ group: 'bio/g' }] }),
      ],
      ['vo:bio: last-manager facility f'],
    ],
    [
      'a name vanishes beside a new one with the same members',
      [vo('bio'), group('bio/a', { members: people(5) })],
      [vo('bio'), group('bio/b', { members: people(5, 2) })],
      ['vo:bio: rename-suspected group bio/b'],
    ],
    [
      'a name vanishes beside a new one with other members',
      [vo('bio'), group('bio/a', { members: people(5) })],
      [vo('bio'), group('bio/b', { members: people(5, 3) })],
      [],
    ],
    [
      'the new name says what it was',
      [vo('bio'), group('bio/a', { members: people(5) })],
      [vo('bio'), group('bio/b', { previously: ['a'], members: people(5) })],
      [],
    ],
  ])('%s', (...[, before, after, expected]) => {
    const ground = [instance(), source('idp')]

    expect(reasonsOf(inForce(...ground, ...before), [...ground, ...after])).toEqual(expected)
  })
})

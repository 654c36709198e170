import { describe, expect, it } from '@jest/globals'
import { facility, group, instance, people, resource, source, vo, type Document } from '../../support/builders.ts'
import { planOf } from '../../support/plan.ts'

describe('a resource to which a group of another VO is assigned', () => {
  const both = (astro: readonly string[], bio: readonly string[]): Document[] => [
    ...[instance(), source('idp'), facility('hpc')],
    ...[vo('astro'), group('astro/team', { members: astro }), vo('bio'), group('bio/lab', { members: bio })],
    resource('astro/r', { groups: ['team', 'bio/lab'] }),
  ]

  it('is held back for each VO whose change takes people away', () => {
    const { guard, impact } = planOf(both(people(10), people(10, 11)), both(people(7), people(8, 11)))

    const held = guard.scopes.map(({ scope, reasons, losses }) => ({
      scope,
      reasons: reasons.map(({ subject }) => subject),
      lost: losses.filter(({ set }) => set.kind === 'resource').map(({ user }) => user),
    }))
    expect(impact.lost.map(({ user }) => user)).toEqual([...people(3, 8), ...people(2, 19)])
    expect(held).toEqual([
      { scope: 'vo:astro', reasons: ['group astro/team'], lost: [8, 9, 10] },
      { scope: 'vo:bio', reasons: [], lost: [19, 20] },
    ])
  })

  it('keeps somebody who goes from the one group to the other', () => {
    const [mover = ''] = people(1)

    const { impact } = planOf(both(people(5), people(5, 11)), both(people(4, 2), [...people(5, 11), mover]))

    expect(impact).toEqual({ gained: [], lost: [] })
  })
})

describe('the group members of a VO', () => {
  const open = (members: readonly string[]): Document[] => [
    ...[instance(), source('idp'), facility('hpc')],
    ...[vo('astro', { managers: [{ group: 'members' }], members }), resource('astro/r', { groups: ['members'] })],
  ]

  it('assigned to a resource gives all members access', () => {
    const { impact } = planOf(open(people(2)), open(people(3)))

    expect(impact.gained.map(({ user }) => user)).toEqual(people(1, 3))
  })

  it('as the only manager is the last one when the last member goes', () => {
    const { guard } = planOf(open(people(1)), open([]))

    const codes = guard.scopes.flatMap(({ reasons }) => reasons.map(({ code, subject }) => `${code} ${subject}`))
    expect(codes).toContain('last-manager vo astro')
  })
})

describe('a source under a new name', () => {
  it('keeps people, their rows and their access', () => {
    const before = [
      instance(),
      source('idp'),
      facility('hpc'),
      vo('astro'),
      group('astro/team', { members: people(3) }),
    ]
    const renamed = source('sso')
    const after = [
      ...[instance(), { ...renamed, object: { ...renamed.object, previously: ['idp'] } }, facility('hpc'), vo('astro')],
      group('astro/team', { members: people(3).map((identity) => identity.replace('idp/', 'sso/')) }),
    ]

    const { changes, impact, guard } = planOf(before, after)

    expect(changes.map(({ action, kind, name }) => `${action} ${kind} ${name}`)).toEqual(['move Source sso'])
    expect({ impact, verdict: guard.verdict }).toEqual({ impact: { gained: [], lost: [] }, verdict: 'pass' })
  })
})

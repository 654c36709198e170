import { describe, expect, it } from '@jest/globals'
import {
  facility,
  group,
  instance,
  people,
  resource,
  service,
  source,
  vo,
  type Document,
} from '../../support/builders.ts'
import { planOf } from '../../support/plan.ts'

function reasons(before: readonly Document[], after: readonly Document[]): string[] {
  const { guard } = planOf(before, after)
  return guard.scopes.flatMap(({ scope, reasons: found }) =>
    found.map(({ code, subject, limit }) => `${scope}: ${code} ${subject} ${limit ?? ''}`.trim()),
  )
}

describe('the limits of a service', () => {
  const carried = (staying: number, guard?: { readonly remove: string }): Document[] => [
    ...[instance(), source('idp'), service('passwd', { generator: 'passwd', ...(guard && { guard }) })],
    ...[facility('hpc', { services: { passwd: {} } }), vo('astro', { members: people(40) })],
    ...[
      group('astro/team', { members: people(staying) }),
      resource('astro/r', { groups: ['team'], services: ['passwd'] }),
    ],
  ]

  it('hold back losses on the resources and facilities that carry it, not in the group', () => {
    const found = reasons(carried(20, { remove: '5%' }), carried(18, { remove: '5%' }))

    expect(found).toEqual([
      'vo:astro: removes-too-many facility hpc 5%',
      'vo:astro: removes-too-many resource astro/r 5%',
    ])
  })

  it('let through what the instance lets through when there are none', () => {
    expect(reasons(carried(20), carried(18))).toEqual([])
  })

  it('count as they were before the commit that lifts them', () => {
    expect(reasons(carried(20, { remove: '5%' }), carried(18))).toHaveLength(2)
  })

  it('cannot be looser than those of the instance', () => {
    const found = reasons(carried(20, { remove: '90%' }), carried(12, { remove: '90%' }))

    expect(found).toContain('vo:astro: removes-too-many resource astro/r 25%')
  })
})

import { describe, expect, it } from '@jest/globals'
import type { GroupSpec, ResourceSpec, VoSpec } from '../../../schemas/generated/config.ts'
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
import { plan } from '../../support/plan.ts'

// These tests plan at noon of 2027-01-10, UTC.
const [past, today, soon, later] = ['2026-12-31', '2027-01-10', '2027-01-16', '2027-01-18']

interface Dates {
  readonly vo?: Pick<VoSpec, 'expires'>
  readonly group?: Pick<GroupSpec, 'expires'>
  readonly below?: Pick<GroupSpec, 'expires'>
  readonly resource?: Pick<ResourceSpec, 'expires'>
}

/** Two people in a group and two in a group below it, which have access to one resource; all members have to another. */
function world(dates: Dates = {}): Document[] {
  return [
    ...[instance(), source('idp'), facility('hpc')],
    vo('astro', { timeZone: 'UTC', ...dates.vo }),
    group('astro/g', { members: people(2), allowEmpty: true, ...dates.group }),
    group('astro/g:below', { members: people(2, 3), allowEmpty: true, ...dates.below }),
    resource('astro/cluster', { groups: ['g'], ...dates.resource }),
    resource('astro/archive', { groups: ['members'] }),
  ]
}

const numberOf = (user: string): string => user.replace('idp/u000', '')

function differences(before: Dates, after: Dates): object {
  const { impact, guard } = plan(inForce(...world(before)), desire(...world(after)))
  const access = (list: typeof impact.lost) =>
    list.map(({ user, resource: name }) => `${name} ${numberOf(user)}`).sort()
  const losses = guard.scopes.flatMap((scope) => scope.losses.map(({ set }) => ('name' in set ? set.name : set.vo)))
  return { gained: access(impact.gained), lost: access(impact.lost), judged: [...new Set(losses)].sort() }
}

const [cluster, archive] = ['cluster', 'archive'].map((name) => ['1', '2', '3', '4'].map((user) => `${name} ${user}`))

describe('a date of a VO, group or resource in a plan', () => {
  it.each<[string, Dates, Dates, object]>([
    ['a resource over today', {}, { resource: { expires: today } }, { lost: cluster, judged: ['cluster'] }],
    ['a group over', {}, { group: { expires: past } }, { lost: cluster, judged: ['cluster', 'g'] }],
    [
      'a group below over',
      {},
      { below: { expires: past } },
      { lost: ['cluster 3', 'cluster 4'], judged: ['cluster', 'g', 'g:below'] },
    ],
    [
      'a VO over',
      {},
      { vo: { expires: today } },
      { lost: [...(archive ?? []), ...(cluster ?? [])], judged: ['archive', 'cluster', 'g', 'g:below', 'hpc'] },
    ],
    ['a date far away', {}, { resource: { expires: later } }, {}],
    ['a near date, judged as if it had come', {}, { resource: { expires: soon } }, { judged: ['cluster'] }],
    ['a near date of a group', {}, { below: { expires: soon } }, { judged: ['cluster', 'g', 'g:below'] }],
    ['a near date that stood before', { resource: { expires: soon } }, { resource: { expires: soon } }, {}],
    [
      'another change while a near date stands',
      { resource: { expires: soon } },
      { resource: { expires: soon }, below: { expires: past } },
      { lost: ['cluster 3', 'cluster 4'], judged: ['cluster', 'g', 'g:below'] },
    ],
    ['a date that is lifted', { group: { expires: past } }, {}, { gained: cluster }],
    [
      'a date that is moved',
      { vo: { expires: past } },
      { vo: { expires: later } },
      { gained: [...(archive ?? []), ...(cluster ?? [])] },
    ],
    ['one end in place of another', { group: { expires: past } }, { resource: { expires: past } }, {}],
  ])('%s', (...[, before, after, expected]) => {
    expect(differences(before, after)).toEqual({ gained: [], lost: [], judged: [], ...expected })
  })

  it('begins with the day of the VO’s time zone', () => {
    const at = (timeZone: string) => {
      const after = world({ vo: { expires: '2027-01-11' } }).map((one) =>
        one.object.kind === 'VO' ? vo('astro', { timeZone, expires: '2027-01-11' }) : one,
      )
      return plan(inForce(instance()), desire(...after)).impact.gained.length
    }

    expect([at('UTC'), at('Pacific/Kiritimati')]).toEqual([8, 0])
  })

  it('keeps places: nobody is refused who comes back', () => {
    const full = (expires: string | undefined): Document[] => [
      ...[instance(), source('idp'), vo('astro')],
      group('astro/g', { members: people(3), maxMembers: 2, ...(expires === undefined ? {} : { expires }) }),
    ]

    expect(plan(inForce(...full(past)), desire(...full(undefined))).findings).toEqual([])
  })
})

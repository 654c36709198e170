import { describe, expect, it } from '@jest/globals'
import type { MembershipRow, State } from '../../../core/model/state.ts'
import { describeChange } from '../../../core/plan/summary.ts'
import { desire, group, inForce, instance, source, user, vo, type Document } from '../../support/builders.ts'
import { plan } from '../../support/plan.ts'

const read = { type: 'csv', options: { file: 'people.csv' }, vos: ['astro'] }
const ground = [
  instance(),
  source('idp'),
  source('hr', read),
  source('ldap', read),
  user('x', { identities: ['idp/x'] }),
]
const every = 'PT1H'
const byGroup = [vo('astro'), group('astro/staff', { sync: { source: 'hr', every } })]
const bySpread = [
  vo('astro', { sync: { source: 'hr', every, groups: { base: 'teams', path: '${team}' } } }),
  group('astro/teams'),
  group('astro/teams:dome'),
]

/** The documents in force, with x in places of astro by sources. */
function withX(
  documents: readonly Document[],
  rows: readonly (Pick<MembershipRow, 'originName'> & { readonly group?: string })[],
): State {
  const state = inForce(...ground, ...documents)
  const id = state.people.find(({ identities }) => identities.includes('idp/x'))?.id ?? 0
  const common = { vo: 'astro', user: id, origin: 'sync', status: 'VALID' } as const
  return {
    ...state,
    members: [...state.members, { vo: 'astro', user: id, status: 'VALID' }],
    rows: [...state.rows, ...rows.map((row) => ({ ...common, ...row }))],
  }
}

function rowsOf(state: State, ...documents: readonly Document[]): string[] {
  const { changes } = plan(state, desire(...ground, ...documents))
  return changes.flatMap((change) => ('fields' in change ? [] : [`${change.action} ${describeChange(change)}`]))
}

describe('what a source gave', () => {
  it.each([
    ['drops the sync', [vo('astro'), group('astro/staff')]],
    ['names another source', [vo('astro'), group('astro/staff', { sync: { source: 'ldap', every } })]],
  ])('ends with the commit that %s', (_, documents) => {
    const state = withX(byGroup, [{ group: 'staff', originName: 'hr' }])

    expect(rowsOf(state, ...documents)).toEqual(['remove GroupMember astro/staff idp/x (synced from hr no more)'])
  })

  it('stays where the sync says something else about it', () => {
    const state = withX(byGroup, [{ group: 'staff', originName: 'hr' }])
    const other = group('astro/staff', { sync: { source: 'hr', select: 'ou=dome', every: 'P1D' } })

    expect(rowsOf(state, vo('astro'), other)).toEqual([])
  })

  it('stays where its group has another name', () => {
    const state = withX(byGroup, [{ group: 'staff', originName: 'hr' }])
    const renamed = group('astro/crew', { previously: ['staff'], sync: { source: 'hr', every } })

    expect(rowsOf(state, vo('astro'), renamed)).toEqual([])
  })

  it('ends in the VO and in all groups below the base, and the membership with it', () => {
    const state = withX(bySpread, [{ originName: 'hr' }, { group: 'teams:dome', originName: 'hr' }])
    const [, ...groups] = bySpread

    expect(rowsOf(state, vo('astro'), ...groups)).toEqual([
      'remove Member astro idp/x (synced from hr no more)',
      'remove GroupMember astro/teams:dome idp/x (synced from hr no more)',
    ])
  })

  it('ends in a group that is below the base no more', () => {
    const state = withX(bySpread, [{ group: 'teams:dome', originName: 'hr' }])
    const [first = vo('astro'), second = group('astro/teams')] = bySpread

    expect(rowsOf(state, first, second, group('astro/dome', { previously: ['teams:dome'] }))).toEqual([
      'remove GroupMember astro/dome idp/x (synced from hr no more)',
    ])
  })

  it('is told in the impact of the commit', () => {
    const state = withX(byGroup, [{ group: 'staff', originName: 'hr' }])

    const { changes, guard } = plan(state, desire(...ground, vo('astro'), group('astro/staff', { allowEmpty: true })))

    expect(changes.map(({ kind, action }) => `${action} ${kind}`)).toEqual(['change Group', 'remove GroupMember'])
    expect(guard.scopes.map(({ scope, losses }) => [scope, losses.length])).toEqual([['vo:astro', 1]])
  })
})

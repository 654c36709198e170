import { describe, expect, it } from '@jest/globals'
import type { GuardReason } from '../../../core/model/plan.ts'
import type { Scope } from '../../../core/model/scope.ts'
import type { StoredObject } from '../../../core/model/config-object.ts'
import type { State } from '../../../core/model/state.ts'
import { findPerson, mayApprove } from '../../../core/policy/may-approve.ts'

const at = { file: 'all.yaml', line: 1, column: 1 }
const common = { governsMembers: false, at }

const objects: readonly StoredObject[] = [
  { ...common, id: 1, kind: 'Instance', name: 'example', spec: { admins: [{ user: 'idp/root' }] } },
  { ...common, id: 2, kind: 'Facility', name: 'hpc', spec: { managers: [{ user: 'idp/margaret' }] } },
  { ...common, id: 3, kind: 'VO', name: 'astro', spec: { managers: [{ user: 'idp/ada' }, { group: 'board' }] } },
  { ...common, id: 4, kind: 'VO', name: 'history', spec: { managers: [{ group: 'astro/board' }] } },
  { ...common, id: 5, kind: 'Group', vo: 'astro', name: 'board', spec: {} },
  { ...common, id: 6, kind: 'Group', vo: 'astro', name: 'board:chair', spec: {} },
]

const people = ['idp/root', 'idp/margaret', 'idp/ada', 'idp/grace', 'idp/linus', 'idp/gone', 'idp/annie']
const row = (user: number, group: string, status: 'VALID' | 'EXPIRED' = 'VALID') =>
  ({ vo: 'astro', group, user, origin: 'config', originName: '', status }) as const

const state: State = {
  objects,
  people: people.map((identity, id) => ({ id, identities: [identity, `github/${identity.slice(4)}`], attributes: {} })),
  rows: [row(3, 'board'), row(4, 'board:chair'), row(5, 'board', 'EXPIRED'), row(6, 'other')],
  members: [3, 4, 5, 6].map((user) => ({ vo: 'astro', user, status: 'VALID' })),
  losses: [],
  bans: [],
  terms: [],
  gone: { values: [], identities: [] },
  heldValues: [],
  applied: {},
}

const about = (subject: string): GuardReason => ({ code: 'removes-too-many', subject, message: 'many' })

function approvers(scope: Scope, reasons: readonly GuardReason[]): string[] {
  return state.people
    .filter((person) => mayApprove(state, person, { scope, reasons }))
    .map(({ identities }) => identities[0] ?? '')
}

describe('who may approve a hold', () => {
  it.each<{ name: string; scope: Scope; subjects: string[]; expected: string[] }>([
    {
      name: 'of a VO: admins, its managers, and VALID members of a group that manages it, subgroups too',
      ...{ scope: 'vo:astro', subjects: ['group astro/telescope'] },
      expected: ['idp/root', 'idp/ada', 'idp/grace', 'idp/linus'],
    },
    {
      name: 'of a VO managed by a group of another VO',
      ...{ scope: 'vo:history', subjects: ['vo history'] },
      expected: ['idp/root', 'idp/grace', 'idp/linus'],
    },
    { name: 'of the instance: admins', scope: 'instance', subjects: ['vo astro'], expected: ['idp/root'] },
    {
      name: 'about one facility alone: its managers too',
      ...{ scope: 'instance', subjects: ['facility hpc'] },
      expected: ['idp/root', 'idp/margaret'],
    },
    {
      name: 'about a facility and more: not its managers',
      ...{ scope: 'instance', subjects: ['facility hpc', 'vo astro'] },
      expected: ['idp/root'],
    },
  ])('$name', ({ scope, subjects, expected }) => {
    expect(approvers(scope, subjects.map(about))).toEqual(expected)
  })

  it('is found by any identity', () => {
    expect(findPerson(state, 'github/ada')?.id).toBe(2)
    expect(findPerson(state, 'idp/nobody')).toBeUndefined()
  })
})

import { describe, expect, it } from '@jest/globals'
import type { SourceSpec } from '../../../schemas/generated/config.ts'
import type { State } from '../../../core/model/state.ts'
import {
  desire,
  facility,
  group,
  inForce,
  instance,
  resource,
  source,
  user,
  vo,
  type Document,
} from '../../support/builders.ts'
import { plan } from '../../support/plan.ts'

// These tests plan at noon of 2027-01-10, UTC. Ada has an identity of each source.
function world(loa: number[] | undefined, idp: Partial<SourceSpec> = { loa: 1 }): Document[] {
  return [
    ...[instance(), source('idp', idp), source('github', { loa: 2 })],
    user('ada', { identities: ['idp/ada', 'github/ada'] }),
    facility('hpc', { offers: [{ name: 'main', vo: 'astro', ...(loa === undefined ? {} : { loa }) }] }),
    vo('astro'),
    group('astro/board', { members: ['idp/ada', 'idp/grace'], allowEmpty: true }),
    resource('astro/cluster', { groups: ['board'] }),
  ]
}

function differences(state: State, documents: readonly Document[]): object {
  const { impact, offers, guard } = plan(state, desire(...documents))
  return {
    access: [...impact.gained.map((delta) => `+${delta.user}`), ...impact.lost.map((delta) => `-${delta.user}`)],
    offers,
    held: guard.scopes.flatMap(({ scope, losses }) => (losses.length > 0 ? [scope] : [])),
  }
}

const cluster = { vo: 'astro', name: 'cluster', isWithin: true }

describe('an offer that asks for a level of assurance', () => {
  it('gives access to those who have one of its levels by any identity', () => {
    expect(differences(inForce(instance()), world([2, 3]))).toMatchObject({
      access: ['+idp/ada'],
      offers: [{ ...cluster, loa: [2, 3] }],
    })
  })

  it('gives access by an identity from the commit on that joins it to the person', () => {
    const before = world([2]).map((one) =>
      one.object.kind === 'User' ? user('ada', { identities: ['idp/ada'] }) : one,
    )

    expect(differences(inForce(...before), world([2]))).toMatchObject({ access: ['+idp/ada'] })
  })

  it('takes access from the others when it begins to ask, which is a loss of the instance', () => {
    expect(differences(inForce(...world(undefined)), world([2]))).toEqual({
      access: ['-idp/grace'],
      offers: [{ ...cluster, loa: [2] }],
      held: ['instance'],
    })
    expect(differences(inForce(...world([2])), world(undefined))).toEqual({
      access: ['+idp/grace'],
      offers: [cluster],
      held: [],
    })
  })

  it('judges people anew when their source says another level', () => {
    expect(differences(inForce(...world([2])), world([2], { loa: 2 }))).toMatchObject({ access: ['+idp/grace'] })
    expect(differences(inForce(...world([1])), world([1], {}))).toMatchObject({
      access: ['-idp/ada', '-idp/grace'],
      held: ['instance'],
    })
  })

  it.each([
    ['2026-12-11T00:00:00Z', 'P1M', []],
    ['2026-12-10T23:59:59Z', 'P1M', ['-idp/grace']],
  ])('counts a sighting of %s for %s', (at, validFor, access) => {
    const state = inForce(...world([3], { loa: 1 }))
    const people = state.people.map((person) =>
      person.identities[0] === 'idp/grace'
        ? { ...person, seen: [{ identity: 'idp/grace', loa: 3, at: new Date(at) }] }
        : person,
    )

    expect(differences({ ...state, people }, world([3], { loa: 1, validFor }))).toMatchObject({ access })
  })
})

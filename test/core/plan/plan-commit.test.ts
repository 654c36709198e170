import { describe, expect, it } from '@jest/globals'
import type { Approval } from '../../../core/model/approval.ts'
import type { CommitPlan } from '../../../core/plan/plan-commit.ts'
import {
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
import { asOf, commitOf } from '../../support/plan.ts'

/** Two VOs with twelve people each; of astro some stay. */
function organisation(astro: readonly string[], bio: readonly string[] = people(12, 21)): Document[] {
  return [
    ...[instance(), source('idp'), facility('hpc')],
    ...[vo('astro'), group('astro/team', { members: astro }), resource('astro/r', { groups: ['team'] })],
    ...[vo('bio'), group('bio/team', { members: bio })],
  ]
}

const state = inForce(...organisation(people(12)))

function commit(documents: readonly Document[], choices: Parameters<typeof commitOf>[2] = {}): CommitPlan {
  return commitOf(state, documents, choices)
}

function approvalOf({ held }: CommitPlan, at = asOf): Approval {
  const [verdict] = held
  if (verdict === undefined) throw new Error('nothing is held')
  return { id: 7, at, scope: verdict.scope, digest: verdict.digest, reasons: verdict.reasons, losses: verdict.losses }
}

function outcome({ apply, held, bad }: CommitPlan): object {
  return {
    apply: apply.map(
      ({ scope, phase, changes, losses }) => `${scope} ${phase}: ${changes.length} changes, ${losses.length} losses`,
    ),
    held: held.map(({ scope }) => scope),
    bad,
    spent: apply.flatMap(({ approval }) => approval?.id ?? []),
  }
}

const bioGrows = people(13, 21)
const threeLosses = 'vo:astro main: 4 changes, 12 losses'

describe('a commit', () => {
  it('holds the VO that loses too many and lets the others go on', () => {
    const planned = commit(organisation(people(8), bioGrows))

    expect(outcome(planned)).toEqual({
      apply: ['vo:bio main: 1 changes, 0 losses'],
      held: ['vo:astro'],
      bad: [],
      spent: [],
    })
    expect(planned.plan.changes).toHaveLength(5)
  })

  it('goes through with the approval, which is spent', () => {
    const approval = approvalOf(commit(organisation(people(8))))

    expect(outcome(commit(organisation(people(8)), { approvals: [approval] }))).toEqual({
      apply: [threeLosses],
      held: [],
      bad: [],
      spent: [7],
    })
  })

  it.each<[string, readonly string[], Date, readonly string[]]>([
    ['a loss more voids the approval', people(7), asOf, ['vo:astro']],
    ['other losses void the approval', people(8, 2), asOf, ['vo:astro']],
    ['a loss less, still over the limit, does not', people(8).concat('idp/new'), asOf, []],
    ['it lasts not quite 72 hours', people(8), new Date('2027-01-07T12:00:01Z'), []],
    ['it is over after 72 hours', people(8), new Date('2027-01-07T12:00:00Z'), ['vo:astro']],
  ])('%s', (...[, members, at, held]) => {
    const approval = approvalOf(commit(organisation(people(8))), at)

    expect(commit(organisation(members), { approvals: [approval] }).held.map(({ scope }) => scope)).toEqual(held)
  })

  it('leaves a frozen scope alone', () => {
    const planned = commit(organisation(people(11), bioGrows), { frozen: ['vo:bio'] })

    expect(outcome(planned)).toEqual({ apply: ['vo:astro main: 1 changes, 3 losses'], held: [], bad: [], spent: [] })
  })

  it('removes nothing of the instance that a held VO still uses', () => {
    const gone = organisation(people(12)).filter(
      ({ object }) => object.kind !== 'Facility' && object.kind !== 'Resource',
    )

    const planned = commit(gone)

    expect(planned.held.map(({ scope, reasons }) => [scope, reasons.map(({ code }) => code)])).toEqual([
      ['instance', ['deletes-with-dependants']],
      ['vo:astro', ['removes-too-many', 'removes-too-many']],
    ])
    expect(planned.apply).toEqual([])
  })

  it('applies the instance first and its removals last', () => {
    const before = inForce(...organisation(people(12)), source('old'))

    const planned = commit([...organisation(people(12), bioGrows), source('new')], { state: before })

    expect(planned.held.map(({ scope }) => scope)).toEqual(['instance'])
    expect(planned.held[0]?.reasons.map(({ code }) => code)).toEqual(['rename-suspected'])
    const approvals = [approvalOf(planned)]
    expect(
      outcome(commit([...organisation(people(12), bioGrows), source('new')], { state: before, approvals })),
    ).toMatchObject({
      apply: [
        'instance main: 1 changes, 0 losses',
        'vo:bio main: 1 changes, 0 losses',
        'instance removals: 1 changes, 0 losses',
      ],
      spent: [7],
    })
  })
})

import { describe, expect, it } from '@jest/globals'
import type { State } from '../../../core/model/state.ts'
import type { CommitPlan } from '../../../core/plan/plan-commit.ts'
import { applyToState } from '../../support/apply-to-state.ts'
import {
  facility,
  group,
  inForce,
  instance,
  people,
  resource,
  service,
  source,
  user,
  vo,
  type Document,
} from '../../support/builders.ts'
import { commitOf } from '../../support/plan.ts'

const ground = [instance(), source('idp'), facility('hpc', { services: { passwd: {} } })]
const passwd = service('passwd', { requires: ['user.login'] })
const [ada = '', bob = ''] = people(2)
const mailOfAda = user('ada', { identities: [ada], attributes: { email: 'ada@example.org' } })

function commit(state: State, documents: readonly Document[], frozen: readonly `vo:${string}`[] = []): CommitPlan {
  return commitOf(state, documents, { frozen })
}

function settled({ apply }: CommitPlan): object {
  return apply.map(({ scope, phase, changes, statuses }) => ({
    step: `${scope} ${phase}: ${changes.length} changes`,
    statuses: statuses.map((change) => `${change.vo} ${change.user} ${change.status}`),
  }))
}

describe('the statuses of a plan', () => {
  it('are settled in the step of their VO, by what holds at the end', () => {
    const after = [...ground, mailOfAda, vo('astro', { members: [ada, bob], requires: { attributes: ['user.email'] } })]

    expect(settled(commit(inForce(...ground), after))).toEqual([
      { step: 'instance main: 1 changes', statuses: [] },
      { step: 'vo:astro main: 3 changes', statuses: [`astro ${bob} INVALID`] },
    ])
  })

  it('are settled with the instance where nothing of the VO changes, also of one that is frozen', () => {
    const astro = vo('astro', { members: [ada, bob], requires: { attributes: ['user.email'] } })
    const mailOfBob = user('bob', { identities: [bob], attributes: { email: 'bob@example.org' } })
    const before = inForce(...ground, mailOfAda, mailOfBob, astro)
    const expected = [{ step: 'instance main: 1 changes', statuses: [`astro ${bob} INVALID`] }]

    expect(settled(commit(before, [...ground, mailOfAda, astro]))).toEqual(expected)
    expect(settled(commit(before, [...ground, mailOfAda, astro], ['vo:astro']))).toEqual(expected)
  })

  it('are settled alone where somebody waits for nothing any more', () => {
    const documents = [...ground, mailOfAda, vo('astro', { members: [ada], requires: { attributes: ['user.email'] } })]
    const before = inForce(...documents)
    const waiting = { ...before, members: before.members.map((member) => ({ ...member, status: 'INVALID' as const })) }

    expect(settled(commit(waiting, documents))).toEqual([
      { step: 'vo:astro main: 0 changes', statuses: [`astro ${ada} VALID`] },
    ])
    expect(settled(commit(waiting, documents, ['vo:astro']))).toEqual([])
  })

  it('wait for what another VO asks for in the same commit', () => {
    const team = [vo('astro'), group('astro/team', { members: [ada] }), vo('bio')]
    const after = [...ground, passwd, ...team, resource('bio/r', { groups: ['astro/team'], services: ['passwd'] })]

    const planned = commit(inForce(...ground, passwd, vo('astro'), vo('bio')), after)

    expect(settled(planned)).toEqual([
      { step: 'vo:astro main: 2 changes', statuses: [`astro ${ada} INVALID`] },
      { step: 'vo:bio main: 1 changes', statuses: [] },
    ])
    expect(planned.plan.impact.gained).toEqual([])
  })

  it('are all settled once the plan is carried out', () => {
    const after = [...ground, vo('astro', { members: [ada, bob], requires: { attributes: ['user.email'] } })]
    const before = inForce(...ground)

    const done = applyToState(before, commit(before, after).plan)

    expect(done.members.map(({ status }) => status)).toEqual(['INVALID', 'INVALID'])
    expect(settled(commit(done, after))).toEqual([])
  })

  it('warn of ten people at the lines that bring them in, and of the others by their number', () => {
    const many = people(12)
    const after = [...ground, vo('astro', { members: many, requires: { attributes: ['user.email'] } })]

    const { findings } = commit(inForce(...ground), after).plan

    expect(findings.map(({ severity, code }) => `${severity} ${code}`)).toEqual(
      Array.from({ length: 11 }, () => 'warning attribute-missing'),
    )
    expect(findings.map(({ at, message }) => `${at?.line ?? 0}: ${message}`)).toEqual([
      '1: 2 more people will be INVALID in VO "astro"',
      ...many
        .slice(0, 10)
        .map(
          (name, index) =>
            `${index + 2}: "${name}" will be INVALID in VO "astro", and have no access: user.email is missing`,
        ),
    ])
  })
})

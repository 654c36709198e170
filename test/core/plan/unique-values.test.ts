import { describe, expect, it } from '@jest/globals'
import { badScopes } from '../../../core/plan/keep-scopes.ts'
import { planChanges } from '../../../core/plan/plan-changes.ts'
import { describeChange } from '../../../core/plan/summary.ts'
import { asOf } from '../../support/plan.ts'
import {
  anyValueFits,
  attribute,
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

const attributes = { number: 7 }
const other = { number: 8 }
const holders = ['user', 'group', 'resource', 'facility']
const defined = holders.map((holder) => attribute(`${holder}.number`, { type: 'integer', unique: true }))
const ground = [instance(), ...defined, facility('hpc'), vo('astro'), vo('bio')]

interface Story {
  readonly name: string
  readonly before: readonly Document[]
  readonly after: readonly Document[]
  readonly kept?: readonly 'vo:bio'[]
  readonly changes: readonly string[]
  readonly findings?: readonly string[]
}

const stories: readonly Story[] = [
  {
    name: 'of a person is the same in capital letters',
    before: [user('edwin', { identities: ['idp/edwin'], attributes: { login: 'edwin' } })],
    after: [
      user('edwin', { identities: ['idp/edwin'], attributes: { login: 'Edwin' } }),
      user('other', { identities: ['idp/other'], attributes: { login: 'EDWIN' } }),
    ],
    changes: [],
    findings: [
      'User--other.yaml:1 spec.attributes.login User "other" cannot have user.login "EDWIN": the value is unique and User "edwin" has it',
    ],
  },
  {
    name: 'of a group that goes may pass to another of its VO',
    before: [group('astro/g', { attributes })],
    after: [group('astro/h', { attributes })],
    changes: ['add Group astro/h', 'remove Group astro/g'],
  },
  {
    name: 'of a VO that comes first may pass to a later one',
    before: [group('astro/g', { attributes }), group('bio/g')],
    after: [group('astro/g'), group('bio/g', { attributes })],
    changes: ['change Group astro/g [attributes]', 'change Group bio/g [attributes]'],
  },
  {
    name: 'of a VO that comes later cannot pass to an earlier one in the same commit',
    before: [group('astro/g'), group('bio/g', { attributes })],
    after: [group('astro/g', { attributes }), group('bio/g', { attributes: other })],
    changes: ['change Group bio/g [attributes]'],
    findings: [
      'Group-astro-g.yaml:1 spec.attributes.number Group "astro/g" cannot have group.number 7: the value is unique, and Group "bio/g" has it until later in the apply; take it away there in a commit before',
    ],
  },
  {
    name: 'belongs to the group in force, wherever in the commit the other one stands',
    before: [group('bio/g', { attributes })],
    after: [group('astro/g', { attributes }), group('bio/g', { attributes })],
    changes: [],
    findings: [
      'Group-astro-g.yaml:1 spec.attributes.number Group "astro/g" cannot have group.number 7: the value is unique and Group "bio/g" has it',
    ],
  },
  {
    name: 'belongs to the group of a VO that stays as it is, although the commit takes it away there',
    before: [resource('bio/r', { attributes })],
    after: [resource('astro/r', { attributes }), resource('bio/r', { attributes: other })],
    kept: ['vo:bio'],
    changes: [],
    findings: [
      'Resource-astro-r.yaml:1 spec.attributes.number Resource "astro/r" cannot have resource.number 7: the value is unique and Resource "bio/r" has it',
    ],
  },
  {
    name: 'of a facility that goes is free only after the others have been written',
    before: [facility('old', { attributes })],
    after: [facility('new', { attributes })],
    changes: [],
    findings: [
      'Facility--new.yaml:1 spec.attributes.number Facility "new" cannot have facility.number 7: the value is unique, and Facility "old" has it until later in the apply; take it away there in a commit before',
    ],
  },
  {
    name: 'of two people may be swapped',
    before: [user('a', { identities: ['idp/a'], attributes }), user('b', { identities: ['idp/b'], attributes: other })],
    after: [user('a', { identities: ['idp/a'], attributes: other }), user('b', { identities: ['idp/b'], attributes })],
    changes: ['change User a [attributes]', 'change User b [attributes]'],
  },
]

describe('a unique value', () => {
  it.each(stories.map((story) => [story.name, story] as const))(
    '%s',
    (_, { before, after, kept = [], changes, findings = [] }) => {
      const state = inForce(...ground, ...before)

      const plan = planChanges(state, desire(...ground, ...after), { compileSchema: anyValueFits, asOf, kept })

      expect({
        changes: plan.changes.map((change) => `${change.action} ${describeChange(change)}`),
        findings: plan.findings
          .filter(({ severity }) => severity === 'error')
          .map(({ at, path, message }) => `${at?.file ?? ''}:${at?.line ?? ''} ${path ?? ''} ${message}`),
      }).toEqual({ changes, findings })
    },
  )

  it('makes an attribute stay as it is whose values are not unique yet, also where the commit mends them', () => {
    const documents = (unique: boolean, second: object): Document[] => [
      ...[instance(), attribute('group.number', { type: 'integer', unique }), vo('astro')],
      ...[group('astro/g', { attributes }), group('astro/h', { attributes: { ...attributes, ...second } })],
    ]
    const state = inForce(...documents(false, {}))

    const { changes, findings } = planChanges(state, desire(...documents(true, other)), {
      compileSchema: anyValueFits,
      asOf,
    })

    expect(badScopes(findings)).toEqual(['instance'])
    expect(findings.map(({ message }) => message)).toEqual([
      'Attribute "group.number" cannot be made unique: Group "astro/g" and Group "astro/h" both have 7; give one of them another value in a commit before',
    ])
    expect(changes.map((change) => describeChange(change))).toEqual(['Group astro/h [attributes]'])
  })
})

describe('a unique value of a facility that somebody had once', () => {
  const seat = attribute('member-resource.seat', { type: 'string', unique: 'facility' })
  const on = (place: string) => [
    ...[
      instance(),
      source('idp'),
      seat,
      facility('north'),
      facility('south'),
      vo('astro', { members: ['idp/ada', 'idp/grace'] }),
    ],
    resource('astro/desk', { facility: place }),
  ]
  const had = { attribute: 'member-resource.seat', value: 'A1', spentOn: 'south' }

  it.each([
    ['that of somebody else keeps it away', { user: 2, resource: 'astro/gone' }, 1],
    ['that of the same person elsewhere keeps it away', { user: 1, resource: 'astro/gone' }, 1],
    ['its own does not', { user: 1, resource: 'astro/desk' }, 0],
    ['that of somebody who is gone keeps it away', { user: 2 }, 1],
    ['that of a person who came back does not', { user: 1 }, 0],
  ])('and %s', (_, former, findings) => {
    const value = { attribute: 'member-resource.seat', value: 'A1', user: 1, resource: 'astro/desk' }
    const state = { ...inForce(...on('north')), placedValues: [value, { ...had, ...former }] }

    const plan = planChanges(state, desire(...on('south')), { compileSchema: anyValueFits, asOf })

    expect(plan.findings.map(({ code }) => code)).toEqual(Array.from({ length: findings }, () => 'duplicate'))
  })
})

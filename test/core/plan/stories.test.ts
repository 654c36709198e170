import { describe, expect, it } from '@jest/globals'
import type { Plan } from '../../../core/model/plan.ts'
import { describeChange } from '../../../core/plan/summary.ts'
import {
  desire,
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
import { plan } from '../../support/plan.ts'

const ground = [instance(), source('idp'), facility('hpc')]

function told({ changes, findings, impact }: Plan): object {
  return {
    changes: changes.map((change) => `${change.action} ${describeChange(change)}`),
    findings: findings.map(({ severity, code, at }) => `${severity} ${code} ${at?.file ?? ''}:${at?.line ?? ''}`),
    lost: impact.lost.length,
    gained: impact.gained.length,
  }
}

interface Story {
  readonly name: string
  readonly before: readonly Document[]
  readonly after: readonly Document[]
  readonly changes: readonly string[]
  readonly findings?: readonly string[]
  readonly lost?: number
  readonly gained?: number
}

const cluster = (groups: string[]): Document => resource('astro/cluster', { groups })

const stories: readonly Story[] = [
  {
    name: 'a group that moves carries what lies below it, and nobody loses anything',
    before: [
      vo('astro'),
      group('astro/ops', { members: people(3) }),
      group('astro/ops:night', { members: people(2) }),
      cluster(['ops']),
    ],
    after: [
      vo('astro'),
      group('astro/staff', { previously: ['ops'], members: people(3) }),
      group('astro/staff:night', { members: people(2) }),
      cluster(['staff']),
    ],
    changes: [
      'move Group astro/staff (was ops)',
      'move Group astro/staff:night (was ops:night)',
      'change Resource astro/cluster [groups]',
    ],
  },
  {
    name: 'a VO that moves carries everything, and nobody loses anything',
    before: [
      vo('old', { members: people(2) }),
      group('old/g', { members: people(3) }),
      resource('old/r', { groups: ['g'] }),
    ],
    after: [
      vo('new', { previously: ['old'], members: people(2) }),
      group('new/g', { members: people(3) }),
      resource('new/r', { groups: ['g'] }),
    ],
    changes: ['move VO new (was old)', 'move Group new/g (was g)', 'move Resource new/r (was r)'],
  },
  {
    name: 'a facility that moves keeps its resources',
    before: [
      vo('astro', { members: people(1) }),
      facility('f'),
      resource('astro/r', { facility: 'f', groups: ['members'] }),
    ],
    after: [
      vo('astro', { members: people(1) }),
      facility('g', { previously: ['f'] }),
      resource('astro/r', { facility: 'g', groups: ['members'] }),
    ],
    changes: ['move Facility g (was f)', 'change Resource astro/r [facility]'],
  },
  {
    name: 'an old name that is still in the commit is no move',
    before: [vo('astro'), group('astro/a', { members: people(2) })],
    after: [vo('astro'), group('astro/a', { members: people(2) }), group('astro/b', { previously: ['a'] })],
    changes: ['add Group astro/b'],
  },
  {
    name: 'two claimants of one old name are both at fault and the VO stays',
    before: [vo('astro'), group('astro/a')],
    after: [vo('astro'), group('astro/b', { previously: ['a'] }), group('astro/c', { previously: ['a'] })],
    changes: [],
    findings: ['error previously-ambiguous Group-astro-b.yaml:1', 'error previously-ambiguous Group-astro-c.yaml:1'],
  },
  {
    name: 'dropping the key members releases the rows and takes nothing away',
    before: [vo('astro'), group('astro/g', { members: people(2) }), cluster(['g'])],
    after: [vo('astro'), group('astro/g'), cluster(['g'])],
    changes: [
      'change Group astro/g [members]',
      'change GroupMember astro/g idp/u0001 (released to the managers)',
      'change GroupMember astro/g idp/u0002 (released to the managers)',
    ],
  },
  {
    name: 'a protected VO is not deleted by the commit that lifts the protection',
    before: [vo('astro', { protected: true }), vo('bio')],
    after: [],
    changes: ['remove VO bio'],
    findings: ['error protected VO--astro.yaml:1'],
  },
  {
    name: 'one more person than the offer takes is refused at the line, and the rest of the VO stays too',
    before: [
      facility('f', { offers: [{ name: 'm', vo: 'astro', maxMembers: 2 }] }),
      vo('astro'),
      group('astro/g', { members: people(2) }),
      resource('astro/r', { facility: 'f', groups: ['g'] }),
    ],
    after: [
      facility('f', { offers: [{ name: 'm', vo: 'astro', maxMembers: 2 }] }),
      vo('astro'),
      group('astro/g', { members: people(4) }),
      resource('astro/r', { facility: 'f', groups: ['g'] }),
    ],
    changes: [],
    findings: ['error full Group-astro-g.yaml:4'],
  },
  {
    name: 'an offer that shrinks below its people drops nobody',
    before: [
      facility('f', { offers: [{ name: 'm', vo: 'astro', maxMembers: 5 }] }),
      vo('astro'),
      group('astro/g', { members: people(4) }),
      resource('astro/r', { facility: 'f', groups: ['g'] }),
    ],
    after: [
      facility('f', { offers: [{ name: 'm', vo: 'astro', maxMembers: 2 }] }),
      vo('astro'),
      group('astro/g', { members: people(4) }),
      resource('astro/r', { facility: 'f', groups: ['g'] }),
    ],
    changes: ['change Facility f [offers]'],
  },
  {
    name: 'one more person than a group takes is refused at the line, also through a group within it',
    before: [
      vo('astro'),
      group('astro/g', { maxMembers: 3, includes: ['h'], members: people(2) }),
      group('astro/h', { members: people(1, 3) }),
    ],
    after: [
      vo('astro'),
      group('astro/g', { maxMembers: 3, includes: ['h'], members: people(2) }),
      group('astro/h', { members: people(2, 3) }),
    ],
    changes: [],
    findings: ['error full Group-astro-h.yaml:3'],
  },
  {
    name: 'one more person than a VO takes is refused at the line that makes them a member',
    before: [vo('astro', { maxMembers: 2, members: people(2) }), group('astro/g', { members: [] })],
    after: [vo('astro', { maxMembers: 2, members: people(2) }), group('astro/g', { members: people(2, 2) })],
    changes: [],
    findings: ['error full Group-astro-g.yaml:3'],
  },
  {
    name: 'a VO and a group that shrink below their people drop nobody, and others may go',
    before: [vo('astro', { members: people(4) }), group('astro/g', { members: people(3) })],
    after: [
      vo('astro', { maxMembers: 2, members: people(4) }),
      group('astro/g', { maxMembers: 1, members: people(2) }),
    ],
    changes: [
      'change VO astro [maxMembers]',
      'change Group astro/g [maxMembers]',
      'remove GroupMember astro/g idp/u0003',
    ],
  },
  {
    name: 'places follow a group to its new name',
    before: [vo('astro'), group('astro/g', { members: people(2) })],
    after: [vo('astro'), group('astro/h', { previously: ['g'], maxMembers: 1, members: people(2) })],
    changes: ['move Group astro/h (was g) [maxMembers]'],
  },
  {
    name: 'a document cannot take the identity of somebody else',
    before: [vo('astro', { members: people(2) })],
    after: [vo('astro', { members: people(2) }), user('ada', { identities: people(2) })],
    changes: [],
    findings: ['error identity-taken User--ada.yaml:1'],
  },
  {
    name: 'two documents cannot give the same login',
    before: [],
    after: [
      user('a', { identities: ['idp/a'], attributes: { login: 'x' } }),
      user('b', { identities: ['idp/b'], attributes: { login: 'x' } }),
    ],
    changes: [],
    findings: ['error duplicate User--b.yaml:1'],
  },
  {
    name: 'a new member without the login that a service requires gains nothing yet',
    before: [
      service('passwd', { requires: ['user.login'] }),
      vo('astro'),
      group('astro/g', { members: [] }),
      resource('astro/r', { groups: ['g'], services: ['passwd'] }),
    ],
    after: [
      service('passwd', { requires: ['user.login'] }),
      vo('astro'),
      group('astro/g', { members: people(1) }),
      resource('astro/r', { groups: ['g'], services: ['passwd'] }),
    ],
    changes: ['add GroupMember astro/g idp/u0001'],
    findings: ['warning attribute-missing Group-astro-g.yaml:2'],
  },
]

describe('a plan', () => {
  it.each(stories.map((story) => [story.name, story] as const))(
    '%s',
    (_, { before, after, changes, findings = [], lost = 0, gained = 0 }) => {
      expect(told(plan(inForce(...ground, ...before), desire(...ground, ...after)))).toEqual({
        changes,
        findings,
        lost,
        gained,
      })
    },
  )

  it('removes whoever an exclusive group does not name, and a VO member nobody holds', () => {
    const state = inForce(...ground, vo('astro', { members: people(2) }), group('astro/g', { members: people(1) }))
    const byManager = { vo: 'astro', group: 'g', user: 2, origin: 'manager', originName: '', status: 'VALID' } as const
    const loose = {
      ...state,
      people: [...state.people, { id: 3, identities: ['idp/x'], attributes: {} }],
      members: [...state.members, { vo: 'astro', user: 3, status: 'VALID' as const }],
    }
    const desired = desire(
      ...ground,
      vo('astro', { exclusive: true, members: people(2) }),
      group('astro/g', { exclusive: true, members: people(1) }),
    )

    expect(told(plan({ ...loose, rows: [...state.rows, byManager] }, desired))).toMatchObject({
      changes: [
        'change VO astro [exclusive]',
        'change Group astro/g [exclusive]',
        'remove Member astro idp/x (exclusive)',
        'remove GroupMember astro/g idp/u0002 (exclusive)',
      ],
    })
  })

  it('removes from an exclusive VO whoever only a group held that goes, also where git did not name its members', () => {
    const exclusive = vo('astro', { exclusive: true, members: people(1) })
    const state = inForce(...ground, exclusive, group('astro/g'))
    const byManager = { vo: 'astro', group: 'g', user: 2, origin: 'manager', originName: '', status: 'VALID' } as const
    const held = {
      ...state,
      people: [...state.people, { id: 2, identities: ['idp/x'], attributes: {} }],
      members: [...state.members, { vo: 'astro', user: 2, status: 'VALID' as const }],
    }

    expect(told(plan({ ...held, rows: [...state.rows, byManager] }, desire(...ground, exclusive)))).toMatchObject({
      changes: ['remove Member astro idp/x (exclusive)', 'remove Group astro/g'],
    })
  })

  it('lets a file that cannot be read stand as it was', () => {
    const state = inForce(...ground, vo('astro'), group('astro/g', { members: people(2) }))

    expect(told(plan(state, { ...desire(...ground, vo('astro')), unreadable: ['Group-astro-g.yaml'] }))).toMatchObject({
      changes: [],
    })
  })

  it('removes nothing anywhere while a new file cannot be read', () => {
    const state = inForce(...ground, vo('astro'), group('astro/g', { members: people(2) }), vo('bio'))

    const { changes } = plan(state, {
      ...desire(...ground, vo('astro'), group('astro/g', { members: ['idp/new'] })),
      unreadable: ['new.yaml'],
    })

    expect(changes.map(({ action }) => action)).toEqual(['add'])
  })

  it('does not remove what a bad VO still uses', () => {
    const state = inForce(...ground, vo('astro'), cluster([]), vo('bio'))
    const bad = { severity: 'error', code: 'value-invalid', message: 'bad', scope: 'vo:astro' } as const

    const planned = plan(state, {
      ...desire(instance(), source('idp'), vo('bio', { members: people(1) })),
      findings: [bad],
    })

    expect(told(planned)).toMatchObject({
      changes: ['change VO bio [members]', 'add Member bio idp/u0001'],
      findings: ['error value-invalid :', 'error still-used Resource-astro-cluster.yaml:1'],
    })
  })
})

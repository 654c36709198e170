import { describe, expect, it } from '@jest/globals'
import type { MembershipRow, State } from '../../../core/model/state.ts'
import { describeChange } from '../../../core/plan/summary.ts'
import { desire, group, inForce, instance, source, user, vo, type Document } from '../../support/builders.ts'
import { plan } from '../../support/plan.ts'

const ground = [
  instance(),
  source('idp'),
  user('ada', { identities: ['idp/ada'] }),
  user('x', { identities: ['idp/x'] }),
]
const exclusive = vo('astro', { exclusive: true, members: ['idp/ada'] })

/** The documents in force, with x in groups of astro by others than git. */
function withX(documents: readonly Document[], rows: readonly Pick<MembershipRow, 'group' | 'origin'>[]): State {
  const state = inForce(...ground, ...documents)
  const id = state.people.find(({ identities }) => identities.includes('idp/x'))?.id ?? 0
  const common = { vo: 'astro', user: id, originName: '', status: 'VALID' } as const
  const members = state.members.some(({ user: one }) => one === id)
    ? state.members
    : [...state.members, { vo: 'astro', user: id, status: 'VALID' as const }]
  return { ...state, members, rows: [...state.rows, ...rows.map((row) => ({ ...common, ...row }))] }
}

function changesOf(state: State, ...documents: readonly Document[]): string[] {
  const { changes } = plan(state, desire(...ground, ...documents))
  return changes.map((change) => {
    const { action, at } = change
    return `${action} ${describeChange(change)} ${at?.file ?? ''}`
  })
}

describe('in an exclusive VO', () => {
  it.each(['config', 'sync', 'rule'] as const)('a row of origin %s in a group holds somebody', (origin) => {
    const where = origin === 'rule' ? { where: "'idp/x' in user.identities" } : {}
    const staff = group('astro/staff', { ...where, members: origin === 'config' ? ['idp/x'] : [] })
    const rows = origin === 'config' ? [] : [{ group: 'staff', origin }]

    expect(changesOf(withX([exclusive, staff], rows), exclusive, staff)).toEqual([])
  })

  it.each([
    ['of its own', [{ origin: 'sync' }], []],
    ['of its own, beside one of a manager', [{ origin: 'sync' }, { origin: 'manager' }], ['astro']],
    ['in an exclusive group', [{ group: 'named', origin: 'sync' }], []],
    [
      'in an exclusive group, beside one of a manager',
      [
        { group: 'named', origin: 'sync' },
        { group: 'named', origin: 'manager' },
      ],
      ['astro/named'],
    ],
  ] as const)('a row of origin sync %s holds somebody for as long as the source gives it', (_, rows, told) => {
    const named = group('astro/named', { exclusive: true, members: [] })
    const changes = changesOf(withX([exclusive, named], rows), exclusive, named)

    expect(changes).toEqual(told.map((name) => expect.stringMatching(`^remove \\w+ ${name} idp/x \\(exclusive\\)`)))
  })

  it.each(['application', 'manager', 'sponsor'] as const)(
    'a row of origin %s in a group holds nobody: it goes with the membership',
    (origin) => {
      const groups = [group('astro/staff', { members: ['idp/x'] }), group('astro/guests')]
      const state = withX([exclusive, ...groups], [{ group: 'guests', origin }])

      expect(changesOf(state, exclusive, group('astro/staff', { members: [] }), group('astro/guests'))).toEqual([
        'remove Member astro idp/x (exclusive) VO--astro.yaml',
        'remove GroupMember astro/guests idp/x (exclusive) VO--astro.yaml',
        'remove GroupMember astro/staff idp/x Group-astro-staff.yaml',
      ])
    },
  )

  it('whom only the key members of a group kept leaves with the key', () => {
    const state = withX([exclusive, group('astro/staff', { members: ['idp/x'] })], [])

    expect(changesOf(state, exclusive, group('astro/staff'))).toEqual([
      'change Group astro/staff [members] Group-astro-staff.yaml',
      'remove Member astro idp/x (exclusive) VO--astro.yaml',
      'remove GroupMember astro/staff idp/x (exclusive) VO--astro.yaml',
    ])
  })

  it('rules of other VOs no longer find in its groups whoever left it', () => {
    const friends = [vo('bio'), group('bio/friends', { where: "'astro/guests' in user.groups" })]
    const before = [exclusive, group('astro/staff', { members: ['idp/x'] }), group('astro/guests'), ...friends]
    const state = withX(before, [{ group: 'guests', origin: 'manager' }])
    const byRule = { vo: 'bio', group: 'friends', user: 2, origin: 'rule', originName: '', status: 'VALID' } as const
    const inBio = { vo: 'bio', user: 2, status: 'VALID' } as const
    const standing = { ...state, rows: [...state.rows, byRule], members: [...state.members, inBio] }

    expect(changesOf(standing, exclusive, group('astro/guests'), ...friends)).toEqual([
      'remove Member astro idp/x (exclusive) VO--astro.yaml',
      'remove GroupMember astro/guests idp/x (exclusive) VO--astro.yaml',
      'remove GroupMember astro/staff idp/x Group-astro-staff.yaml',
      'remove Group astro/staff Group-astro-staff.yaml',
      'remove GroupMember bio/friends idp/x (by rule) Group-bio-friends.yaml',
    ])
  })

  it('somebody stays whom a rule lets in as soon as they have left a group', () => {
    const others = group('astro/others', { where: "'idp/x' in user.identities && !('astro/guests' in user.groups)" })
    const groups = [group('astro/guests'), others]
    const state = withX([exclusive, ...groups], [{ group: 'guests', origin: 'manager' }])

    expect(changesOf(state, exclusive, ...groups)).toEqual([
      'add GroupMember astro/others idp/x (by rule) Group-astro-others.yaml',
      'remove GroupMember astro/guests idp/x (exclusive) VO--astro.yaml',
    ])
  })

  it('that does not say who its members are, everybody stays', () => {
    const open = vo('astro', { exclusive: true })

    expect(
      changesOf(
        withX([open, group('astro/guests')], [{ group: 'guests', origin: 'manager' }]),
        open,
        group('astro/guests'),
      ),
    ).toEqual([])
  })
})

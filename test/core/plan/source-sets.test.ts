import { describe, expect, it } from '@jest/globals'
import type { Specs } from '../../../core/model/config-object.ts'
import type { InstanceSpec } from '../../../schemas/generated/config.ts'
import { desire, group, inForce, instance, people, source, vo, type Document } from '../../support/builders.ts'
import { plan } from '../../support/plan.ts'

const vos = ['bio', 'geo', 'lab', 'law', 'sea']

interface Story {
  readonly source?: Partial<Specs['Source']>
  readonly guard?: NonNullable<InstanceSpec['guard']>
}

/** Five VOs, each with a group of nine whom hr names; `left` of them have it still. */
function documents(left: readonly string[], { source: spec, guard }: Story): Document[] {
  return [
    ...[instance(guard === undefined ? {} : { guard }), source('idp'), source('hr', spec)],
    ...vos.map((name, index) => vo(name, { members: people(9, index * 9 + 1) })),
    ...left.map((name) => group(`${name}/staff`, { allowEmpty: true })),
  ]
}

/** What is said of a commit that takes the group away from all VOs but those that are left. */
function reasons(left: readonly string[], story: Story = {}): readonly string[] {
  const state = inForce(...documents(vos, story))
  const rows = state.members.map(({ vo: name, user }) => ({
    ...({ vo: name, group: 'staff', user, origin: 'sync', originName: 'hr', status: 'VALID' } as const),
  }))
  const { guard } = plan({ ...state, rows: [...state.rows, ...rows] }, desire(...documents(left, story)))
  return guard.scopes.flatMap(({ scope, reasons: found }) =>
    found.flatMap(({ subject, message }) => (subject === 'source hr' ? [`${scope}: ${message}`] : [])),
  )
}

describe('whom a source holds over all VOs', () => {
  it('may be fewer by a quarter, by however many VOs of one commit', () => {
    expect(reasons(vos.slice(1))).toEqual([])
    expect(reasons(vos.slice(2))).toEqual([
      'vo:bio: source hr would lose 18 of 45 people, the limit is 25%',
      'vo:geo: source hr would lose 18 of 45 people, the limit is 25%',
    ])
  })

  it('may be stricter by the source, and looser only by what the instance says of it', () => {
    expect(reasons(vos.slice(1), { source: { guard: { remove: '10%' } } })).toHaveLength(1)
    expect(reasons(vos.slice(2), { source: { guard: { remove: '50%' } } })).toHaveLength(2)
    expect(reasons(vos.slice(2), { guard: { overrides: [{ source: 'hr', remove: '50%' }] } })).toEqual([])
  })

  it('may become nobody where that is few', () => {
    expect(reasons([], { guard: { from: 100 } })).toEqual([])
  })
})

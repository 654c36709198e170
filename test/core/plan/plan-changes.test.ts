import { describe, expect, it } from '@jest/globals'
import {
  desire,
  facility,
  group,
  inForce,
  instance,
  resource,
  source,
  vo,
  type Document,
} from '../../support/builders.ts'
import { plan } from '../../support/plan.ts'

const ground = [instance(), source('idp'), facility('hpc')]
const astro = (members: readonly string[], ...more: readonly Document[]): Document[] => [
  ...ground,
  vo('astro'),
  group('astro/team', { members }),
  resource('astro/cluster', { groups: ['team'] }),
  ...more,
]

describe('a plan', () => {
  it('is empty where nothing differs', () => {
    const documents = astro(['idp/ada', 'idp/grace'])

    const { changes, impact, findings, guard } = plan(inForce(...documents), desire(...documents))

    expect({ changes, impact, findings, guard }).toEqual({
      changes: [],
      impact: { gained: [], lost: [] },
      findings: [],
      guard: { verdict: 'pass', scopes: [] },
    })
  })

  it('says who gains and who loses access when a row changes', () => {
    const { impact, changes } = plan(
      inForce(...astro(['idp/ada', 'idp/grace'])),
      desire(...astro(['idp/ada', 'idp/linus'])),
    )

    expect(changes.map(({ action, kind, name }) => [action, kind, name])).toEqual([
      ['add', 'GroupMember', 'team'],
      ['remove', 'GroupMember', 'team'],
    ])
    expect(impact).toEqual({
      gained: [{ user: 'idp/linus', vo: 'astro', resource: 'cluster', facility: 'hpc' }],
      lost: [{ user: 'idp/grace', vo: 'astro', resource: 'cluster', facility: 'hpc' }],
    })
  })
})

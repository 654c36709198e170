import { describe, expect, it } from '@jest/globals'
import type { Plan } from '../../../core/model/plan.ts'
import { exitCode } from '../../../core/plan/exit-code.ts'
import { renderJson } from '../../../core/plan/render-json.ts'
import { renderMarkdown } from '../../../core/plan/render-markdown.ts'
import { renderText } from '../../../core/plan/render-text.ts'
import { facility, group, instance, people, resource, source, vo, type Document } from '../../support/builders.ts'
import { planOf } from '../../support/plan.ts'

function organisation(members: readonly string[]): Document[] {
  return [
    ...[instance(), source('idp'), facility('hpc'), vo('astro'), group('astro/team', { members })],
    resource('astro/cluster', { groups: ['team'] }),
  ]
}

function planned(before: readonly string[], after: readonly string[]): Plan {
  return planOf(organisation(before), organisation(after))
}

const held = planned(people(3), [])
const changing = planned(people(2), people(3))
const digest = held.guard.scopes[0]?.digest ?? ''

describe('a plan as text', () => {
  it('says what changes, for whom, why it is held and what to type', () => {
    expect(renderText(held)).toBe(`Plan ${held.digest.slice(0, 12)}: 0 to add, 0 to change, 0 to move, 3 to remove
  - GroupMember astro/team idp/u0001  Group-astro-team.yaml:1
  - GroupMember astro/team idp/u0002  Group-astro-team.yaml:1
  - GroupMember astro/team idp/u0003  Group-astro-team.yaml:1

Access: nobody gains any, 3 people lose 3
  - idp/u0001: astro/cluster on hpc
  - idp/u0002: astro/cluster on hpc
  - idp/u0003: astro/cluster on hpc

Held: vo:astro waits for approval, nothing of it is applied until then
  ! facility hpc would become empty, it has 3 now
  ! group astro/team would become empty, it has 3 now
  ! resource astro/cluster would become empty, it has 3 now
  guildhall approve ${digest} --reason "…"
`)
  })

  it('says when there is nothing to do', () => {
    expect(renderText(planned(people(2), people(2)))).toBe('Nothing to do\n')
  })

  it('counts people beyond the first twenty', () => {
    expect(renderText(planned([], people(30)))).toContain('  + and 10 more people\n')
  })
})

describe('a plan as JSON', () => {
  it('has the form that is promised', () => {
    expect(renderJson(changing)).toEqual({
      version: 1,
      digest: changing.digest,
      summary: { add: 1, change: 0, move: 0, remove: 0 },
      findings: [],
      changes: [
        {
          scope: 'vo:astro',
          action: 'add',
          kind: 'GroupMember',
          vo: 'astro',
          name: 'team',
          user: 'idp/u0003',
          file: 'Group-astro-team.yaml',
          line: 4,
        },
      ],
      impact: { gained: [{ user: 'idp/u0003', vo: 'astro', resource: 'cluster', facility: 'hpc' }], lost: [] },
      guard: {
        verdict: 'pass',
        scopes: [{ scope: 'vo:astro', digest: changing.guard.scopes[0]?.digest, verdict: 'pass', reasons: [] }],
      },
    })
  })
})

describe('findings in JSON', () => {
  it('have all seven keys, null where a finding has no place', () => {
    const finding = { severity: 'error', code: 'cycle', message: 'm' } as const
    const at = { file: 'a.yaml', line: 3, column: 7 }
    const findings = [finding, { ...finding, at, path: 'spec.includes[0]', scope: 'vo:astro' } as const]

    expect(renderJson({ ...changing, findings })['findings']).toEqual([
      { ...finding, file: null, line: null, column: null, path: null },
      { ...finding, ...at, path: 'spec.includes[0]' },
    ])
  })
})

describe('a plan as Markdown', () => {
  it('stays under 60,000 characters', () => {
    const markdown = renderMarkdown(planned([], people(3000)), { people: 'identities' })

    expect(markdown.length).toBeLessThan(60_000)
    expect(markdown).toContain('more lines')
  })

  it('names nobody where only counts are wanted', () => {
    const markdown = renderMarkdown(held, { people: 'counts' })

    expect(markdown).not.toContain('u0001')
    expect(markdown).toContain('- astro/cluster on hpc: 3 people')
  })

  it('lets no identity become markup or a mention', () => {
    const markdown = renderMarkdown(planned([], ['idp/@all![x](y)<img>']), { people: 'identities' })

    expect(markdown).not.toMatch(/@all|!\[|[^\\]<img/)
  })
})

describe('the exit code', () => {
  const error = { severity: 'error', code: 'cycle', message: 'm' } as const
  const warning = { severity: 'warning', code: 'offer-exceeded', message: 'm' } as const

  it.each([
    ['an error comes before everything', { ...held, findings: [error] }, 1],
    ['held comes before changes', held, 3],
    ['changes', changing, 2],
    ['a warning alone does not count', { ...planned([], []), findings: [warning] }, 0],
  ] as const)('%s', (_, plan, code) => {
    expect(exitCode(plan)).toBe(code)
  })
})

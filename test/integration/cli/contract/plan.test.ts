import { afterAll, beforeAll, describe, expect, it } from '@jest/globals'
import type { FlatFinding } from '../../../../core/model/answers.ts'
import type { AccessDelta, GuardReason } from '../../../../core/model/plan.ts'
import { edited, lineOf, twoVos, type Files } from './config.ts'
import { openContractWorld, type ContractWorld } from './world.ts'

interface PrintedPlan {
  readonly version: number
  readonly digest: string
  readonly summary: Readonly<Record<'add' | 'change' | 'move' | 'remove', number>>
  readonly findings: readonly FlatFinding[]
  readonly changes: readonly (Readonly<Record<string, unknown>> & { readonly action: string })[]
  readonly impact: { readonly gained: readonly AccessDelta[]; readonly lost: readonly AccessDelta[] }
  readonly guard: {
    readonly verdict: string
    readonly scopes: readonly {
      readonly scope: string
      readonly digest: string
      readonly verdict: string
      readonly reasons: readonly GuardReason[]
    }[]
  }
}

const sha256 = /^[0-9a-f]{64}$/
const groups = 'astro/vo.yaml'

describe('plan --json', () => {
  let world: ContractWorld
  beforeAll(async () => {
    world = await openContractWorld()
    await world.apply(twoVos)
  })
  afterAll(async () => world.close())

  async function plan(files: Files): Promise<PrintedPlan & { readonly exitCode: number }> {
    const { exitCode, json } = await world.answer('plan', world.folder(files))
    return { ...(json as PrintedPlan), exitCode }
  }

  const added = edited(twoVos, groups, ['members: []', 'members: [idp/gil]'])
  const emptied = edited(twoVos, groups, ['    - idp/dan\n    - idp/eve\n  allowEmpty: true', '    - idp/eve'])
  const alone = edited(emptied, groups, [
    'name: engineers:on-call }\nspec: { members: [idp/dan]',
    'name: engineers:on-call }\nspec: { members: []',
  ])

  it('has version 1, digests, and exactly the keys of the contract', async () => {
    const { exitCode, ...answer } = await plan(added)

    expect(Object.keys(answer).sort()).toEqual([
      'changes',
      'digest',
      'findings',
      'guard',
      'impact',
      'summary',
      'version',
    ])
    expect(answer).toEqual({
      version: 1,
      digest: expect.stringMatching(sha256),
      summary: { add: 1, change: 0, move: 0, remove: 0 },
      findings: expect.any(Array),
      changes: [
        {
          ...{ scope: 'vo:astro', action: 'add', kind: 'GroupMember', vo: 'astro', name: 'nobody', user: 'idp/gil' },
          ...{ file: groups, line: lineOf(added, groups, 'members: [idp/gil] }') },
        },
      ],
      impact: { gained: [{ user: 'idp/gil', vo: 'astro', resource: 'quiet', facility: 'hpc' }], lost: [] },
      guard: {
        verdict: 'pass',
        scopes: [{ scope: 'vo:astro', digest: expect.stringMatching(sha256), verdict: 'pass', reasons: [] }],
      },
    })
    expect(exitCode).toBe(2)
  })

  it('has the findings that validate has, in its form', async () => {
    const files = edited(twoVos, groups, ['includes: [engineers]', 'includes: [enginers]'])

    const { findings } = await plan(files)
    const { json } = await world.answer('validate', world.folder(files))

    expect({ valid: false, findings }).toEqual(json)
  })

  describe('changes', () => {
    it('are none for documents moved to other files, in another order, with other comments', async () => {
      const texts = Object.values(twoVos).flatMap((text) => text.split('---\n'))
      const shuffled = { 'one.yaml': texts.toReversed().join('---\n# a comment\n') }

      expect(await plan(shuffled)).toMatchObject({
        exitCode: 0,
        changes: [],
        summary: { add: 0, change: 0, move: 0, remove: 0 },
      })
    })

    it('are one for each row where a list is edited, and none for its document', async () => {
      const files = edited(twoVos, groups, ['    - idp/dan\n', '    - idp/cyd\n'])

      const { changes, summary } = await plan(files)

      const row = { scope: 'vo:astro', kind: 'GroupMember', vo: 'astro', name: 'engineers', file: groups }
      expect(summary).toEqual({ add: 1, change: 0, move: 0, remove: 1 })
      expect(changes).toEqual([
        { ...row, action: 'add', user: 'idp/cyd', line: lineOf(files, groups, '- idp/cyd') },
        { ...row, action: 'remove', user: 'idp/dan', line: 23 },
      ])
    })

    it('name the VO for its own rows', async () => {
      const files = edited(twoVos, groups, ['members: [idp/gil]', 'members: [idp/ada]'])

      const { changes } = await plan(files)

      const row = { scope: 'vo:astro', kind: 'Member', vo: 'astro', name: 'astro', file: groups }
      expect(changes).toEqual([
        { ...row, action: 'add', user: 'idp/ada', line: lineOf(files, groups, 'members: [idp/ada]') },
        { ...row, action: 'remove', user: 'idp/gil', line: 1 },
      ])
    })

    it('are one for a document that changes, with the keys that differ', async () => {
      const { changes } = await plan(edited(twoVos, groups, ['name: nobody }', 'name: nobody, title: Nobody yet }']))

      expect(changes).toEqual([
        {
          ...{ scope: 'vo:astro', action: 'change', kind: 'Group', vo: 'astro', name: 'nobody' },
          ...{ file: groups, line: 37, fields: ['title'] },
        },
      ])
    })

    it('are a move for a document with a former name, and take the rows along', async () => {
      const files = edited(twoVos, 'history/vo.yaml', ['name: curators }', 'name: keepers, previously: [curators] }'])

      const { changes, summary, impact } = await plan(files)

      expect(summary).toEqual({ add: 0, change: 0, move: 1, remove: 0 })
      expect(changes).toEqual([
        {
          ...{ scope: 'vo:history', action: 'move', kind: 'Group', vo: 'history', name: 'keepers', from: 'curators' },
          ...{ file: 'history/vo.yaml', line: lineOf(files, 'history/vo.yaml', 'kind: Group') - 1 },
        },
      ])
      expect(impact).toEqual({ gained: [], lost: [] })
    })

    it('are one for each document and row of everything, counted by the summary', async () => {
      const empty = await openContractWorld()
      const { changes, summary } = (await empty.answer('plan', empty.folder(twoVos))).json as PrintedPlan
      await empty.close()

      const documents =
        Object.values(twoVos)
          .join('---\n')
          .match(/^kind: .*$/gm) ?? []
      const kinds = changes.map(({ kind }) => `kind: ${String(kind)}`)
      const isRow = (kind: string): boolean => kind.endsWith('Member')
      expect(kinds.filter((kind) => !isRow(kind)).sort()).toEqual(documents.toSorted())
      expect(kinds.filter(isRow).sort()).toEqual([
        ...Array<string>(8).fill('kind: GroupMember'),
        ...Array<string>(3).fill('kind: Member'),
      ])
      expect(summary).toEqual({ add: changes.length, change: 0, move: 0, remove: 0 })
    })
  })

  describe('guard', () => {
    it('holds a scope with its digest and reasons, and says so for the plan', async () => {
      const { guard, exitCode } = await plan(alone)

      expect(exitCode).toBe(3)
      expect(guard).toEqual({
        verdict: 'held',
        scopes: [
          {
            scope: 'vo:astro',
            digest: expect.stringMatching(sha256),
            verdict: 'held',
            reasons: ['group astro/engineers', 'resource astro/consoles', 'resource astro/workshop'].map((subject) => ({
              ...{ code: 'becomes-empty', subject, removed: 1, base: 1 },
              message: `${subject} would become empty, it has 1 now`,
            })),
          },
        ],
      })
    })

    it('lists each scope with changes, the instance first, and holds only what is to be held', async () => {
      const files = edited(
        edited(alone, 'history/vo.yaml', ['name: curators }', 'name: curators, title: Curators }']),
        'instance/instance.yaml',
        ['metadata: { name: example }', 'metadata: { name: example, title: Example }'],
      )

      const { guard } = await plan(files)

      expect(guard.scopes.map(({ scope, verdict }) => [scope, verdict])).toEqual([
        ['instance', 'pass'],
        ['vo:astro', 'held'],
        ['vo:history', 'pass'],
      ])
    })

    it('gives the same digests wherever the documents lie', async () => {
      const texts = Object.values(alone).flatMap((text) => text.split('---\n'))
      const halves = {
        'a/one.yaml': texts.slice(9).toReversed().join('---\n'),
        'two.yaml': texts.slice(0, 9).join('---\n'),
      }

      const [here, there, other] = [await plan(alone), await plan(halves), await plan(added)]

      expect(digests(there)).toEqual(digests(here))
      expect(digests(other)).not.toEqual(digests(here))
    })
  })

  describe('exit code', () => {
    it.each([
      ['1 for an error, though a scope would be held', withError(alone), 1],
      ['1 for an error, though there are changes', withError(added), 1],
      ['3 for a held scope, though there are changes', alone, 3],
      ['2 for changes, though there are warnings', added, 2],
      ['0 for none, though there are warnings', twoVos, 0],
    ])('is %s', async (_, files, code) => {
      expect((await plan(files)).exitCode).toBe(code)
    })

    it('is 1 where no state can be reached, and no plan is printed', async () => {
      const gone = await openContractWorld()
      const folder = gone.folder(added)
      await gone.database.drop()
      const { exitCode, stdout, stderr } = await gone.guildhall('plan', folder, '--json')
      await gone.close()

      expect({ exitCode, stdout }).toEqual({ exitCode: 1, stdout: '' })
      expect(JSON.parse(stderr)).toMatchObject({ error: { code: 'STATE_UNREACHABLE' } })
    })
  })
})

/** A fault in a VO of its own, so that the rest of the plan stands. */
function withError(files: Files): Files {
  return edited(files, 'history/vo.yaml', ['groups: [members]', 'groups: [nobodies]'])
}

function digests({ digest, guard }: PrintedPlan): readonly string[] {
  return [digest, ...guard.scopes.map((scope) => scope.digest)]
}

import { afterAll, beforeAll, describe, expect, it, jest } from '@jest/globals'
import { exitCode } from '../../../core/plan/exit-code.ts'
import { holdId } from '../../../workflows/hold/messages.ts'
import { planFolder } from '../../support/plan-folder.ts'
import { stateOf } from './database-world.ts'
import { edited, inGroup, rustFiles, withoutGroup } from './rust-files.ts'
import { openWorld, type World } from './world.ts'

jest.setTimeout(240_000)

const contributors = 'compiler:rust-analyzer:rust-analyzer-contributors'
const scope = 'vo:rust'

type Files = ReadonlyMap<string, string>

describe('removing a group that six of the fifteen users of a facility come from', () => {
  let world: World
  let files: Files
  let removed: Files
  let before: readonly string[]
  beforeAll(async () => {
    world = await openWorld()
    files = await rustFiles()
    removed = edited(files, {
      'rust/groups/compiler.yaml': withoutGroup(contributors),
      'rust/resources/rust-lang.yaml': withoutGroup(contributors),
    })
    await settled(files)
    before = await world.access()
  })
  afterAll(async () => world.close())

  it('is held, and nothing changes', async () => {
    await world.commit(removed)
    const plan = await planFolder(world.repo, await stateOf(world.parts.pool))
    const outcome = await world.settle()

    expect(exitCode(plan)).toBe(3)
    expect(new Set(plan.impact.lost.filter(inAnalyzer).map(({ user }) => user)).size).toBe(6)
    expect(plan.guard.scopes).toMatchObject([
      {
        scope,
        verdict: 'held',
        reasons: expect.arrayContaining([expect.objectContaining({ subject: 'facility rust-analyzer' })]),
      },
    ])
    expect(outcome).toMatchObject({ kind: 'held', applied: 0, held: 1 })
    expect(await world.parts.store.listHolds(world.parts.pool)).toMatchObject([
      { scope, digest: plan.guard.scopes[0]?.digest },
    ])
    expect(await stateOfHold()).toBe('RUNNING')
    expect(await world.access()).toEqual(before)
  })

  it('stays held when, after the approval, a commit adds a loss', async () => {
    await approveRow()
    await world.commit(edited(removed, { 'rust/groups/compiler.yaml': inGroup('compiler:rust-analyzer', lesser) }))

    expect(await world.settle()).toMatchObject({ kind: 'held', applied: 0, held: 1 })
    expect(await world.access()).toEqual(before)
  })

  it('goes through by the approval, once, when a commit of the scope touches no loss', async () => {
    await renewed()
    await world.commit(edited(removed, { 'rust/groups/infra.yaml': inGroup('infra', greater) }))

    expect(await world.settle()).toMatchObject({ kind: 'applied', held: 0 })

    expect(await world.access()).not.toEqual(before)
    expect(await world.parts.store.listHolds(world.parts.pool)).toEqual([])
    expect(await stateOfHold()).toBe('COMPLETED')
  })

  it('is held again when it is done a second time, and goes through when a commit takes losses away', async () => {
    await settled(files)
    expect(await world.access()).toEqual(before)
    await world.commit(removed)
    expect(await world.settle()).toMatchObject({ kind: 'held', applied: 0, held: 1 })
    expect(await world.access()).toEqual(before)

    await approveRow()
    await world.commit(edited(removed, { 'rust/groups/compiler.yaml': inGroup('compiler:rust-analyzer', greater) }))

    expect(await world.settle()).toMatchObject({ kind: 'applied', held: 0 })
    expect(await world.access()).not.toEqual(before)
  })

  it('goes through when its approval is told to its workflow', async () => {
    await settled(files)
    await world.commit(removed)
    const plan = await planFolder(world.repo, await stateOf(world.parts.pool))
    expect(await world.settle()).toMatchObject({ kind: 'held' })

    await world.approve(plan.guard.scopes[0]?.digest ?? '', scope)

    const lost = new Set(plan.impact.lost.map(({ user, vo, resource }) => `${user} ${vo}/${resource}`))
    expect(await world.access()).toEqual(before.filter((pair) => !lost.has(pair)))
    expect(await world.parts.store.findApprovals(world.parts.pool, { after: new Date(0), scope })).toEqual([])
    expect(await world.settle()).toMatchObject({ kind: 'nothing', held: 0 })
  })

  async function settled(wanted: Files): Promise<void> {
    await world.commit(wanted)
    expect(await world.settle()).toMatchObject({ held: 0 })
  }

  /** The hold of exactly the removal, approved. */
  async function renewed(): Promise<void> {
    await world.commit(removed)
    expect(await world.settle()).toMatchObject({ kind: 'held' })
    await approveRow()
  }

  /** As `guildhall approve` does, but with the reconcile still to come. */
  async function approveRow(): Promise<void> {
    const { pool, store } = world.parts
    const [hold] = await store.listHolds(pool)
    const approval = { digest: hold?.digest ?? '', by: 'local/test', reason: 'they left', at: new Date() }
    await store.inTransaction(pool, async (tx) => store.approveHold(tx, approval))
  }

  async function stateOfHold(): Promise<string> {
    const description = await world.parts.client.workflow.getHandle(holdId(scope)).describe()
    return description.status.name
  }
})

/** One more person of rust-analyzer goes. */
function lesser(document: string): string {
  return document.replace('    - github/lnicola\n', '')
}

/** One of those who would lose access gets it another way. */
function greater(document: string): string {
  return document.replace('  members:\n', '  members:\n    - github/dfireBird\n')
}

function inAnalyzer({ facility }: { readonly facility: string }): boolean {
  return facility === 'rust-analyzer'
}

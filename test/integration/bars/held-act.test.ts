import { afterAll, beforeAll, describe, expect, it, jest } from '@jest/globals'
import { holdId, type HoldInput, type HoldOutcome } from '../../../workflows/hold/messages.ts'
import { run } from '../../cli/run-program.ts'
import { half, twelve as people } from '../../support/many-people.ts'
import { openWorld, type World } from './world.ts'

jest.setTimeout(120_000)

/** A VO with people whom git names, and a title that says nothing. */
function configuration(title: string, name = 'name: lab'): ReadonlyMap<string, string> {
  return new Map([
    [
      'all.yaml',
      `apiVersion: guildhall/v1
kind: Instance
metadata: { name: example }
spec: { namespace: "urn:geant:example.org", authority: guildhall.example.org, admins: [{ user: idp/root }] }
---
apiVersion: guildhall/v1
kind: Source
metadata: { name: idp }
spec: { type: declared, loa: 2 }
---
apiVersion: guildhall/v1
kind: Attribute
metadata: { name: user.badge }
spec: { type: string }
---
apiVersion: guildhall/v1
kind: VO
metadata: { name: club }
spec: { managers: [{ user: idp/ada }], requires: { attributes: [user.badge] }, members: [${people.join(', ')}] }
---
apiVersion: guildhall/v1
kind: VO
metadata: { ${name}, title: ${title} }
spec: { managers: [{ user: idp/ada }], members: [${people.join(', ')}] }
`,
    ],
  ])
}

describe('an act that is held', () => {
  let world: World
  beforeAll(async () => {
    world = await openWorld()
    await world.commit(configuration('Before'))
    expect(await world.settle()).toMatchObject({ kind: 'applied', held: 0 })
  })
  afterAll(async () => world.close())

  async function guildhall(...args: readonly string[]) {
    return run(args, { env: world.environment, now: () => new Date() })
  }

  it('has a workflow of its own that waits, lets commits pass, and ends when it is approved', async () => {
    const { pool, store, client } = world.parts
    const entered = await guildhall('member', 'disable', 'lab', ...half, '--as', 'idp/ada', '--reason', 'moved on')
    await world.propagate()
    const [hold] = await store.listHolds(pool)
    const digest = hold?.digest ?? ''
    const waiting = client.workflow.getHandle<() => Promise<HoldOutcome>>(holdId('vo:lab', digest))
    const status = (await waiting.describe()).status.name

    await world.commit(configuration('After'))
    const settled = await world.settle()
    const applied = await guildhall('apply')
    const approved = await guildhall('approve', digest, '--as', 'idp/root', '--reason', 'agreed')
    await world.propagate()

    expect([entered.exitCode, status]).toEqual([3, 'RUNNING'])
    expect(settled).toMatchObject({ kind: 'applied', held: 0 })
    expect(applied.exitCode).toBe(0)
    expect(approved).toMatchObject({ exitCode: 0, stdout: expect.stringContaining('idp/p00  DISABLED') })
    expect(await waiting.result()).toEqual({ kind: 'approved', digest })
    expect(await store.listHolds(pool)).toEqual([])
  })

  it('on values has one too, in the VO that would lose too much', async () => {
    const { pool, store, client } = world.parts
    for (const user of people) await guildhall('attribute', 'set', `user:${user}`, 'badge', 'blue')
    for (const user of people.slice(0, 2)) await guildhall('attribute', 'unset', `user:${user}`, 'badge')
    const entered = await guildhall('attribute', 'unset', 'user:idp/p02', 'badge')
    const another = await guildhall('attribute', 'unset', 'user:idp/p03', 'badge')
    await world.propagate()
    const [hold] = await store.listHolds(pool)
    const digest = hold?.digest ?? ''
    const waiting = client.workflow.getHandle<() => Promise<HoldOutcome>>(holdId('vo:club', digest))
    const status = (await waiting.describe()).status.name

    const approved = await guildhall('approve', digest, '--as', 'idp/root', '--reason', 'agreed')
    await world.propagate()

    expect([entered.exitCode, another.exitCode, status]).toEqual([0, 3, 'RUNNING'])
    expect(approved).toMatchObject({ exitCode: 0, stdout: expect.stringContaining('user:idp/p03') })
    expect(await waiting.result()).toEqual({ kind: 'approved', digest })
    expect(await store.listHolds(pool)).toEqual([])
  })

  it('goes on under another name of its VO, with the same deadline', async () => {
    const { pool, store, client } = world.parts
    await guildhall('member', 'disable', 'lab', ...people.slice(6), '--as', 'idp/ada', '--reason', 'moved on')
    await world.propagate()
    const [hold] = await store.listHolds(pool)
    const digest = hold?.digest ?? ''
    const before = client.workflow.getHandle<() => Promise<HoldOutcome>>(holdId('vo:lab', digest))
    const { untilAt } = await before.query<HoldInput>('held')

    await world.commit(configuration('After', 'name: forge, previously: [lab]'))
    expect(await world.settle()).toMatchObject({ kind: 'applied', held: 0 })
    const after = client.workflow.getHandle<() => Promise<HoldOutcome>>(holdId('vo:forge', digest))

    expect(await before.result()).toEqual({ kind: 'voided', digest })
    expect(await after.query<HoldInput>('held')).toMatchObject({ scope: 'vo:forge', digest, untilAt })
    expect((await store.listHolds(pool)).map(({ scope }) => scope)).toEqual(['vo:forge'])
  })

  it('ends as what it came to where somebody rejects it, and can be entered anew', async () => {
    const { pool, store, client } = world.parts
    const [hold] = await store.listHolds(pool)
    const digest = hold?.digest ?? ''
    const waiting = client.workflow.getHandle<() => Promise<HoldOutcome>>(holdId('vo:forge', digest))

    const rejected = await guildhall('holds', 'reject', digest, '--as', 'idp/root', '--reason', 'they stay')
    await world.propagate()

    expect(rejected.exitCode).toBe(0)
    expect(await waiting.result()).toEqual({ kind: 'rejected', digest })
    const again = await guildhall(
      'member',
      'disable',
      'forge',
      ...people.slice(6),
      '--as',
      'idp/ada',
      '--reason',
      'still',
    )
    expect([again.exitCode, (await store.listHolds(pool)).length]).toEqual([3, 1])
  })
})

import { execFileSync } from 'node:child_process'
import { rmSync } from 'node:fs'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it, jest } from '@jest/globals'
import { openDependencies } from '../../../worker/dependencies.ts'
import { ground, peopleService } from '../../support/documents.ts'
import { openWorld, type World } from '../bars/world.ts'

jest.setTimeout(120_000)

const by = 'local/test'
const at = new Date('2026-11-23T12:00:00Z')

function files(...members: readonly string[]): ReadonlyMap<string, string> {
  const text = `${ground}---
${peopleService}---
apiVersion: guildhall/v1
kind: Facility
metadata: { name: hpc }
spec:
  services: { people: {} }
  offers: [{ name: first, vo: astro }]
---
apiVersion: guildhall/v1
kind: VO
metadata: { name: astro }
spec: { managers: [{ user: github/root }], members: [${members.join(', ')}] }
---
apiVersion: guildhall/v1
kind: Resource
metadata: { vo: astro, name: batch }
spec: { facility: hpc, services: [people], groups: [members] }
`
  return new Map([['all.yaml', text]])
}

const ada = ['github/ada astro/batch']
const adaAndGrace = [...ada, 'github/grace astro/batch']

describe('a branch whose history was rewritten', () => {
  let world: World
  let good: string
  beforeEach(async () => {
    world = await openWorld()
    await world.commit(files('github/ada'))
    good = await world.commit(files('github/ada', 'github/grace'))
    expect(await world.settle()).toMatchObject({ kind: 'applied', commit: good })
  })
  afterEach(async () => world.close())

  /** Forces the branch to a commit beside the one in force: its parent, with other members. */
  async function force(...members: readonly string[]): Promise<string> {
    git('reset', '--quiet', '--hard', `${good}~1`)
    return world.commit(files(...members))
  }

  function git(...words: readonly string[]): void {
    execFileSync('git', ['-C', world.repo, ...words], { stdio: 'pipe' })
  }

  async function pin(commit: string | undefined): Promise<void> {
    const { pool, store } = world.parts
    await store.inTransaction(pool, async (tx) => store.setPin(tx, { commit, by, at }))
  }

  async function standing(): Promise<object> {
    const { head, applied, errors } = await world.parts.store.readStatus(world.parts.pool, new Date())
    return { head, applied, errors: errors.map(({ code }) => code), access: await world.access() }
  }

  const inForce = (commit: string) => ({ instance: commit, 'vo:astro': commit })

  it('is not brought into force, and the error says how to accept it', async () => {
    const forced = await force('github/ada')

    const outcome = await world.settle()

    expect(outcome).toMatchObject({ kind: 'refused', commit: forced, applied: 0, held: 0 })
    expect(await standing()).toEqual({
      ...{ head: forced, applied: inForce(good), errors: ['history-rewritten'], access: adaAndGrace },
    })
    const { errors } = await world.parts.store.readStatus(world.parts.pool, new Date())
    expect(errors[0]?.message).toBe(
      `Cannot go from commit ${good.slice(0, 12)} to ${forced.slice(0, 12)}: it is no descendant, so history was rewritten; restore the branch, or accept the new history with \`guildhall pin ${forced}\``,
    )
  })

  it('pinned, it is brought into force, and goes on from there when the pin is lifted', async () => {
    const forced = await force('github/ada')
    await world.settle()

    await pin(forced)
    expect(await world.settle()).toMatchObject({ kind: 'applied', commit: forced })
    expect(await standing()).toEqual({ head: forced, applied: inForce(forced), errors: [], access: ada })

    const next = await world.commit(files('github/ada', 'github/grace'))
    expect(await world.settle()).toMatchObject({ kind: 'nothing', commit: forced })
    await pin(undefined)
    expect(await world.settle()).toMatchObject({ kind: 'applied', commit: next })
    expect(await standing()).toEqual({ head: next, applied: inForce(next), errors: [], access: adaAndGrace })
  })

  it('is not left for a pin that names no commit, which is refused', async () => {
    const tree = execFileSync('git', ['-C', world.repo, 'rev-parse', `${good}~1^{tree}`], { encoding: 'utf8' }).trim()
    for (const hash of [tree, '1'.repeat(40)]) {
      await pin(hash)

      expect(await world.settle()).toMatchObject({
        ...{ kind: 'refused', commit: hash, applied: 0 },
        reason: expect.stringContaining('the configuration repository has no such commit'),
      })
      expect(await standing()).toMatchObject({ applied: inForce(good), errors: ['reconcile-failed'] })
    }
    await pin(undefined)
    expect(await world.settle()).toMatchObject({ kind: 'nothing', commit: good })
  })

  it('restored, it goes on as if nothing had been', async () => {
    await force('github/ada')
    await world.settle()

    git('reset', '--quiet', '--hard', good)
    const next = await world.commit(files('github/ada'))

    expect(await world.settle()).toMatchObject({ kind: 'applied', commit: next })
    expect(await standing()).toEqual({ head: next, applied: inForce(next), errors: [], access: ada })
  })

  it('stays refused however often it is looked at', async () => {
    const forced = await force('github/ada')
    const { pool, store } = world.parts
    for (let look = 0; look < 60; look += 1) {
      const lookedAt = new Date(at.getTime() + look)
      const outcome = look % 2 === 0 ? 'refused' : 'failed'
      await store.recordRun(pool, { commit: forced, findings: [], at: lookedAt, outcome })
    }

    expect(await world.settle()).toMatchObject({ kind: 'refused', commit: forced })
    expect(await world.access()).toEqual(adaAndGrace)
  })

  it('is measured by a run that broke off too: what it wrote may be in force', async () => {
    const { pool, store } = world.parts
    const broken = await world.commit(files('github/ada', 'github/linus'))
    await world.parts.configuration.fetchHead(new AbortController().signal)
    await store.startRun(pool, { commit: broken, findings: [], at })
    git('reset', '--quiet', '--hard', good)
    const forced = await world.commit(files('github/ada'))

    expect(await world.settle()).toMatchObject({ kind: 'refused', commit: forced })
  })

  it('is refused by a mirror made anew too, which does not know the commit in force', async () => {
    const forced = await force('github/ada')
    const { config, addresses, log } = world.parts
    rmSync(join(config.home, 'mirror.git'), { recursive: true })
    const fresh = await openDependencies({ config, addresses, log, env: process.env })

    const head = await fresh.configuration.fetchHead(new AbortController().signal)

    expect({ head, isAncestor: await fresh.configuration.isAncestor(good, head) }).toEqual({
      ...{ head: forced, isAncestor: false },
    })
    await fresh.close()
    expect(await world.settle()).toMatchObject({ kind: 'refused', commit: forced })
  })
})

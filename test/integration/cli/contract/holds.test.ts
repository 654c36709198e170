import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it, jest } from '@jest/globals'
import type { ListedHold, MembersAnswer, StatusAnswer } from '../../../../core/model/answers.ts'
import { run } from '../../../cli/run-program.ts'
import { openWorld, type World } from '../../bars/world.ts'
import { edited, twoVos, type Files } from './config.ts'
import { parse, type Answered } from './world.ts'

jest.setTimeout(180_000)

const vo = 'astro/vo.yaml'
const others = edited(twoVos, vo, ['name: nobody }', 'name: nobody, title: Nobody }'])
/** The last one VALID goes, from the group and from the one below. */
const alone = edited(edited(twoVos, vo, ['    - idp/dan\n    - idp/eve\n  allowEmpty: true', '    - idp/eve']), vo, [
  'name: engineers:on-call }\nspec: { members: [idp/dan]',
  'name: engineers:on-call }\nspec: { members: []',
])

interface Told {
  readonly exitCode: number
  readonly code?: string
}

describe('what the guard holds', () => {
  const work = mkdtempSync(join(tmpdir(), 'guildhall-holds-'))
  let world: World
  let first: string
  let digest: string
  beforeAll(async () => {
    world = await openWorld()
    first = await commit(twoVos)
    await answer('apply')
  })
  afterAll(async () => {
    await world.close()
    rmSync(work, { recursive: true, force: true })
  })

  async function commit(files: Files): Promise<string> {
    return world.commit(new Map(Object.entries(files)))
  }

  async function answer(...args: readonly string[]): Promise<Answered> {
    return parse(await run([...args, '--json'], { cwd: work, env: world.environment, now: () => new Date() }))
  }

  async function text(...args: readonly string[]): Promise<string> {
    return (await run(args, { cwd: work, env: world.environment, now: () => new Date() })).stdout
  }

  /** What became of a command that is to fail. */
  async function refused(...args: readonly string[]): Promise<Told> {
    const { exitCode, stderr } = await run([...args, '--json'], {
      cwd: work,
      env: world.environment,
      now: () => new Date(),
    })
    const { error } = JSON.parse(stderr) as { readonly error: { readonly code: string } }
    return { exitCode, code: error.code }
  }

  async function holds(): Promise<readonly ListedHold[]> {
    const { json } = await answer('holds')
    return (json as Pick<StatusAnswer, 'holds'>).holds
  }

  async function engineers(): Promise<readonly string[]> {
    const { json } = await answer('members', '--vo', 'astro', '--group', 'engineers')
    return (json as MembersAnswer).members.map(({ user }) => user)
  }

  async function applied(): Promise<StatusAnswer['applied']> {
    const { json } = await answer('status')
    return (json as StatusAnswer).applied
  }

  it('is the digest of its scope in the plan; apply exits 3, and nothing of the scope changes', async () => {
    const held = await commit(alone)
    const plan = await answer('plan', world.repo)
    const { exitCode, json } = await answer('apply')

    const [listed] = await holds()
    const [scope] = (plan.json as { readonly guard: { readonly scopes: readonly ListedHold[] } }).guard.scopes
    digest = scope?.digest ?? ''
    expect([plan.exitCode, exitCode]).toEqual([3, 3])
    expect(await holds()).toHaveLength(1)
    expect(listed).toEqual({ scope: 'vo:astro', digest, since: expect.any(String), reasons: scope?.reasons })
    expect(new Date(listed?.since ?? '').toISOString()).toBe(listed?.since)
    expect(json).toMatchObject({ outcome: 'held', commit: held, holds: [listed], errors: [] })
    expect((await answer('status')).json).toMatchObject({
      head: held,
      holds: [listed],
      applied: { instance: held, 'vo:astro': first, 'vo:history': held },
    })
    expect(await engineers()).toEqual(['idp/dan', 'idp/eve'])
  })

  it('needs a digest that is held and a reason', async () => {
    expect(await refused('approve', digest)).toEqual({ exitCode: 1, code: 'COMMAND_MISUSED' })
    expect(await refused('approve', '0'.repeat(64), '--reason', 'x')).toEqual({ exitCode: 1, code: 'HOLD_UNKNOWN' })
  })

  it('goes through by its approval, and no further approval can be given', async () => {
    const { exitCode, json } = await answer('approve', digest, '--reason', 'they left')
    const then = await answer('apply')

    const approved = { scope: 'vo:astro', digest, by: 'local/joan', reason: 'they left' }
    expect({ exitCode, json }).toEqual({ exitCode: 0, json: { approved } })
    expect(then.exitCode).toBe(0)
    expect(await engineers()).toEqual(['idp/eve'])
    expect(await holds()).toEqual([])
    expect(await refused('approve', digest, '--reason', 'again')).toEqual({ exitCode: 1, code: 'HOLD_NOT_APPROVABLE' })
  })

  it('is held again when the same is done again: an approval goes through once', async () => {
    await commit(twoVos)
    expect((await answer('apply')).exitCode).toBe(0)
    await commit(alone)
    const again = await answer('apply')

    expect(again.exitCode).toBe(3)
    expect(await holds()).toMatchObject([{ scope: 'vo:astro', digest }])
    expect(await engineers()).toEqual(['idp/dan', 'idp/eve'])
  })

  it('is held no longer once a commit takes it back', async () => {
    await commit(twoVos)

    expect((await answer('apply')).exitCode).toBe(0)
    expect(await holds()).toEqual([])
  })

  it('is not what is frozen: a frozen scope stays behind, and catches up when the freeze is lifted', async () => {
    const before = await applied()
    const frozen = await answer('freeze', 'vo:astro', '--reason', 'audit')
    const after = await commit(others)
    const { exitCode } = await answer('apply')
    const during = await applied()
    const said = [await text('apply'), await text('status')]
    const listed = await answer('freeze', '--list')
    const lifted = await answer('freeze', 'vo:astro', '--lift')
    await answer('apply')

    const freeze = { scope: 'vo:astro', by: 'local/joan', reason: 'audit', at: expect.any(String) }
    expect(frozen.json).toEqual({ freezes: [freeze] })
    expect(listed.json).toEqual(frozen.json)
    expect(lifted.json).toEqual({ freezes: [] })
    expect({ exitCode, during }).toEqual({
      exitCode: 0,
      during: { instance: after, 'vo:astro': before['vo:astro'], 'vo:history': after },
    })
    const line = /^Frozen: vo:astro, by local\/joan since .* \(audit\); `guildhall freeze vo:astro --lift` goes on$/m
    expect(said[0]).toMatch(new RegExp(`^Commit ${after.slice(0, 12)} is in force, but not in vo:astro\n`))
    for (const told of said) expect(told).toMatch(line)
    expect(await applied()).toEqual({ instance: after, 'vo:astro': after, 'vo:history': after })
    expect(await text('apply')).toBe(`Commit ${after.slice(0, 12)} is in force already: nothing to change\n`)
  })

  it('has no scope to freeze that is not in force, and says where there was nothing to lift', async () => {
    const wrong = await refused('freeze', 'vo:astra', '--reason', 'audit')
    const lifted = await text('freeze', 'vo:astro', '--lift')

    expect(wrong).toEqual({ exitCode: 1, code: 'OBJECT_UNKNOWN' })
    expect(lifted).toBe('There was no freeze of vo:astro to lift.\nNothing is frozen.\n')
  })

  it('keeps nothing back while everything is frozen, and then no commit is said to be in force', async () => {
    await answer('freeze', '--reason', 'audit')
    const head = await commit(edited(others, 'history/vo.yaml', ['name: curators }', 'name: curators, title: All }']))
    const { exitCode } = await answer('apply')
    const said = [await text('apply'), await text('holds')]
    await answer('freeze', '--lift')
    await commit(others)
    await answer('apply')

    expect(exitCode).toBe(3)
    expect(said[0]).toMatch(new RegExp(`^Commit ${head.slice(0, 12)} is not in force in any scope\n`))
    expect(said[1]).toBe('The guard holds nothing back.\n')
  })

  it('is not what is pinned: another commit stays in force until the pin is lifted', async () => {
    const head = await commit(
      edited(others, 'history/vo.yaml', ['name: curators }', 'name: curators, title: Curators }']),
    )
    const pinned = await answer('pin', first)
    await answer('apply')
    const during = await applied()
    const said = [await text('apply'), await text('status')]
    const shown = await answer('pin')
    const lifted = await answer('pin', '--lift')
    await answer('apply')

    expect(pinned.json).toEqual({ pin: { commit: first, by: 'local/joan', at: expect.any(String) } })
    expect(shown.json).toEqual(pinned.json)
    expect(during).toEqual({ instance: first, 'vo:astro': first, 'vo:history': first })
    for (const told of said)
      expect(told).toMatch(new RegExp(`^Pinned to ${first.slice(0, 12)} by local/joan since `, 'm'))
    expect(lifted.json).toEqual({ pin: null })
    expect(await applied()).toEqual({ instance: head, 'vo:astro': head, 'vo:history': head })
  })
})

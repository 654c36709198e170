import { execFileSync } from 'node:child_process'
import { mkdtempSync, renameSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it, jest } from '@jest/globals'
import { pino } from 'pino'
import { openMirror } from '../../connectors/config-repo/mirror.ts'
import type { Periodic } from '../../worker/periodic.ts'
import { startWatcher, type WatcherDependencies } from '../../worker/watcher.ts'

const silent = pino({ level: 'silent' })

describe('the watcher of a real repository', () => {
  let home: string
  let running: Periodic | undefined
  beforeEach(() => {
    home = mkdtempSync(join(tmpdir(), 'guildhall-watcher-'))
    execFileSync('git', ['init', '--quiet', '--initial-branch=main', join(home, 'repo')])
    commit()
  })
  afterEach(async () => {
    await running?.stop()
    rmSync(home, { recursive: true, force: true })
  })

  function commit(): string {
    const git = ['-C', join(home, 'repo'), '-c', 'user.name=Test', '-c', 'user.email=test@example.org']
    execFileSync('git', [...git, 'commit', '--quiet', '--allow-empty', '--message', 'change'])
    return execFileSync('git', [...git, 'rev-parse', 'HEAD'], { encoding: 'utf8' }).trim()
  }

  /** A watcher that looks when it is told to; `look` returns how often it has asked for a reconcile by then. */
  function watch(change: Partial<WatcherDependencies> = {}) {
    const mirror = openMirror({
      ...{ url: join(home, 'repo'), branch: 'main', allowsFiles: true, folder: join(home, 'mirror.git') },
      environment: { PATH: process.env['PATH'] ?? '' },
    })
    const asked: string[] = []
    const world = { now: 0, outcome: 'applied', looks: 0, failures: 0 }
    const looked = new Map<number, () => void>()
    const count = () => {
      world.looks += 1
      looked.get(world.looks)?.()
    }
    const dependencies: WatcherDependencies = {
      instance: 'guildhall',
      workflows: { reconcile: async (instance, { cause }) => void asked.push(`${instance} ${cause}`) },
      readHead: async () => (await mirror.remoteHead()) ?? '',
      lastRun: async () => ({ commit: 'c0ffee', outcome: world.outcome }),
      ...{ pollMs: 1_000_000_000, jitterMs: 0, now: () => world.now, chance: () => 0.5, log: silent },
      ...change,
    }
    const { readHead } = dependencies
    // A look is over when the next one begins; two nudges are one look more, so the one before is done by then.
    const periodic = startWatcher({
      ...dependencies,
      readHead: async (signal) => {
        count()
        return readHead(signal)
      },
    })
    running = periodic
    const begun = async (number: number) =>
      new Promise<void>((resolve) => {
        if (world.looks >= number) resolve()
        else looked.set(number, resolve)
      })
    return {
      ...{ asked, world },
      look: async () => {
        await begun(1)
        const before = world.looks
        periodic.nudge()
        await begun(before + 1)
        periodic.nudge()
        await begun(before + 2)
        return asked.length
      },
    }
  }

  it('asks at once after the start, and not again while the head stays', async () => {
    const { asked, look } = watch()

    const counts = [await look(), await look()]

    expect({ asked, counts }).toEqual({ asked: ['guildhall poll'], counts: [1, 1] })
  })

  it('asks when a commit arrives, and when the branch is forced back', async () => {
    const { look } = watch()
    const counts = [await look()]

    commit()
    counts.push(await look())
    execFileSync('git', ['-C', join(home, 'repo'), 'reset', '--quiet', '--hard', 'HEAD~1'])
    counts.push(await look())

    expect(counts).toEqual([1, 2, 3])
  })

  it('asks again half a minute after a run that failed, and not for one that went through', async () => {
    const { look, world } = watch()
    const counts = [await look()]
    world.now = 40_000
    counts.push(await look())
    world.outcome = 'failed'

    counts.push(await look())
    world.now = 69_999
    counts.push(await look())
    world.now = 70_000
    counts.push(await look())

    expect(counts).toEqual([1, 1, 2, 2, 3])
  })

  it('goes on after the repository, or Temporal, could not be reached', async () => {
    let isDown = true
    const asked: string[] = []
    const { look } = watch({
      workflows: {
        reconcile: async () => {
          if (isDown) throw new Error('Temporal is down')
          asked.push('asked')
        },
      },
    })
    renameSync(join(home, 'repo'), join(home, 'away'))
    await look()
    renameSync(join(home, 'away'), join(home, 'repo'))
    await look()
    const before = [...asked]

    isDown = false
    await look()

    expect({ before, asked }).toEqual({ before: [], asked: ['asked'] })
  })
})

describe('the time between two polls', () => {
  beforeEach(() => {
    jest.useFakeTimers()
  })
  afterEach(() => {
    jest.useRealTimers()
  })

  it.each([
    [0, 60_000],
    [0.25, 90_000],
    [0.5, 120_000],
    [1, 180_000],
  ])('by chance %d of 120 ± 60 s is %d ms', async (chance, expected) => {
    let looks = 0
    const watcher = startWatcher({
      ...{ instance: 'guildhall', workflows: { reconcile: async () => undefined }, lastRun: async () => undefined },
      readHead: async () => {
        looks += 1
        return 'c0ffee'
      },
      ...{ pollMs: 120_000, jitterMs: 60_000, log: silent, now: Date.now, chance: () => chance },
    })

    await jest.advanceTimersByTimeAsync(expected - 1)
    const before = looks
    await jest.advanceTimersByTimeAsync(1)

    expect({ before, after: looks }).toEqual({ before: 1, after: 2 })
    await watcher.stop()
  })
})

import { describe, expect, it } from '@jest/globals'
import { pino } from 'pino'
import { runPeriodically } from '../../worker/periodic.ts'

const log = pino({ level: 'silent' })
const never = 1_000_000_000

/** A log, and the lines that warn in it. */
function warnings() {
  const lines: unknown[] = []
  const write = (line: string) => lines.push(JSON.parse(line))
  return { lines, log: pino({ level: 'warn', base: null, timestamp: false }, { write }) }
}

describe('periodic work', () => {
  it('begins at once, and comes again after each pause, whose length is asked for anew', async () => {
    const asked: number[] = []
    const third = signal()
    let runs = 0
    const periodic = runPeriodically({
      ...{ name: 'test', log },
      everyMs: () => asked.push(asked.length),
      work: async () => {
        runs += 1
        if (runs === 3) third.give()
      },
    })

    await third.given
    await periodic.stop()

    expect(asked.slice(0, 2)).toEqual([0, 1])
  })

  it('nudged while it is at work, however often, it runs exactly once more', async () => {
    const work = steps()
    const periodic = runPeriodically({ name: 'test', everyMs: () => never, work: work.step, log })
    await work.begun(1)
    for (let count = 0; count < 5; count += 1) periodic.nudge()

    work.end()
    await work.begun(2)
    work.end()
    await settled()
    const runs = work.count()
    await periodic.stop()

    expect(runs).toBe(2)
  })

  it('stopped, it tells the run under way, which need not be waited for to its end', async () => {
    const begun = signal()
    const periodic = runPeriodically({
      ...{ name: 'test', log },
      everyMs: () => never,
      work: async (stopping) =>
        new Promise((resolve) => {
          stopping.addEventListener('abort', () => resolve())
          begun.give()
        }),
    })
    await begun.given

    await periodic.stop()
  })

  it('nudged in a pause, it runs at once', async () => {
    const work = steps()
    const periodic = runPeriodically({ name: 'test', everyMs: () => never, work: work.step, log })
    await work.begun(1)
    work.end()
    await settled()

    periodic.nudge()
    await work.begun(2)
    work.end()
    await periodic.stop()

    expect(work.count()).toBe(2)
  })

  it('work that fails is logged by its name, and tried again', async () => {
    const { lines, log: listening } = warnings()
    const again = signal()
    const periodic = runPeriodically({
      ...{ name: 'relay', everyMs: () => 0, log: listening },
      work: async () => {
        if (lines.length === 0) throw new Error('no route')
        again.give()
      },
    })

    await again.given
    await periodic.stop()

    expect(lines).toEqual([{ level: 40, name: 'relay', error: 'no route', msg: 'Periodic work failed' }])
  })

  it('a run that breaks off because it is told to stop has not failed', async () => {
    const { lines, log: listening } = warnings()
    const begun = signal()
    const periodic = runPeriodically({
      ...{ name: 'watcher', everyMs: () => never, log: listening },
      work: async (stopping) =>
        new Promise((_, reject) => {
          stopping.addEventListener('abort', () => reject(new Error('Cannot ask the repository: aborted')))
          begun.give()
        }),
    })
    await begun.given

    await periodic.stop()

    expect(lines).toEqual([])
  })

  it('stopped, it waits for the run under way and begins no other, also when nudged', async () => {
    const work = steps()
    const periodic = runPeriodically({ name: 'test', everyMs: () => 0, work: work.step, log })
    await work.begun(1)
    let isStopped = false
    const stopped = periodic.stop().then(() => (isStopped = true))
    periodic.nudge()
    await settled()
    const wasStoppedEarly = isStopped

    work.end()
    await stopped
    periodic.nudge()
    await settled()

    expect({ wasStoppedEarly, runs: work.count() }).toEqual({ wasStoppedEarly: false, runs: 1 })
  })
})

function signal() {
  let give: () => void = () => undefined
  const given = new Promise<void>((resolve) => {
    give = resolve
  })
  return { given, give: () => give() }
}

/** Work that lasts until it is told to end. */
function steps() {
  const ends: (() => void)[] = []
  const waiting = new Map<number, () => void>()
  return {
    step: async () =>
      new Promise<void>((resolve) => {
        ends.push(resolve)
        waiting.get(ends.length)?.()
      }),
    begun: async (count: number) =>
      new Promise<void>((resolve) => {
        if (ends.length >= count) resolve()
        else waiting.set(count, resolve)
      }),
    end: () => ends.at(-1)?.(),
    count: () => ends.length,
  }
}

/** Everything that is due now has happened. */
async function settled(): Promise<void> {
  for (let turn = 0; turn < 3; turn += 1) await new Promise((resolve) => setImmediate(resolve))
}

import { afterEach, beforeEach, describe, expect, it, jest } from '@jest/globals'
import { MockActivityEnvironment } from '@temporalio/testing'
import { asActivity } from '../../activities/border.ts'

describe('work that an activity does', () => {
  beforeEach(() => void jest.useFakeTimers())
  afterEach(() => void jest.useRealTimers())

  it('beats while nothing comes of it, with how far it came, and no more once it is over', async () => {
    const environment = new MockActivityEnvironment()
    const beats: unknown[] = []
    environment.on('heartbeat', (progress) => beats.push(progress))
    let goOn: () => void = () => undefined
    const stuck = asActivity(async (read: number, { report }) => {
      report({ read })
      await new Promise<void>((resolve) => {
        goOn = resolve
      })
    })

    const attempt = environment.run(stuck, 7)
    await jest.advanceTimersByTimeAsync(14_000)
    const whileStuck = [...beats]
    goOn()
    await attempt
    await jest.advanceTimersByTimeAsync(14_000)

    // More than one within the 15 s after which the server holds an attempt for lost.
    expect(whileStuck).toEqual([{ read: 7 }, { read: 7 }, { read: 7 }, { read: 7 }])
    expect(beats).toEqual(whileStuck)
  })
})

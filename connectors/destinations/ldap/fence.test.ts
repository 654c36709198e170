import { describe, expect, it } from '@jest/globals'
import { snapshotOf } from '../../../test/connectors/snapshots.ts'
import type { EntryChange } from '../../ldap/entry-change.ts'
import { createFence } from './fence.ts'

const tokenDn = 'cn=guildhall-passwd,dc=org'

/** A fence at a directory that keeps what it is given, by a clock that goes on by so much while it answers. */
async function taken() {
  const clock = { now: 0, answerMs: 0 }
  let stored = ''
  const connection = {
    changeAll: async ([change]: readonly EntryChange[]) => {
      if (change?.kind === 'add') stored = change.attributes.at(-1)?.values[0] ?? ''
      return [undefined]
    },
    readAll: async () => {
      clock.now += clock.answerMs
      const attributes = [{ type: 'description', values: [Buffer.from(stored)] }]
      return [{ kind: 'entry' as const, messageId: 1, name: Buffer.from(tokenDn), attributes }]
    },
  }
  const snapshot = snapshotOf({ generation: 1, files: {} })
  const fence = createFence({ connection, tokenDn, now: () => clock.now }, snapshot, undefined)
  await fence.take({ attributes: [], classes: [] })
  const others = createFence({ connection, tokenDn, now: () => clock.now }, snapshot, undefined)
  return { clock, fence, others }
}

describe('the token of a delivery', () => {
  it('is fresh for a second after it was asked for', async () => {
    const { clock, fence } = await taken()

    const before = fence.isFresh()
    await fence.requireHeld()
    const now = fence.isFresh()
    clock.now += 1_000

    expect([before, now, fence.isFresh()]).toEqual([false, true, false])
  })

  it('is not fresh where the answer lay there while the process was stopped', async () => {
    const { clock, fence } = await taken()
    clock.answerMs = 60_000

    await fence.requireHeld()

    expect(fence.isFresh()).toBe(false)
  })

  it('tells how long something may still come from whom it was taken', async () => {
    const { clock, fence } = await taken()

    const atOnce = fence.unsettledMs()
    clock.now += 60_000

    expect([atOnce, fence.unsettledMs()]).toEqual([1_500, 0])
  })

  it('that somebody else put there is not ours', async () => {
    const { fence, others } = await taken()

    await others.take({ attributes: [], classes: [] })

    await expect(fence.requireHeld()).rejects.toMatchObject({ code: 'FENCED' })
  })
})

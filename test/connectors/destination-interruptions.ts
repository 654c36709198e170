import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { expect, it } from '@jest/globals'
import { filesBelow, pausable } from './destination-rig.ts'
import type { Rig } from './destination-rig.ts'
import { contextOf, sha256, snapshotOf } from './snapshots.ts'

/** What holds when a delivery breaks off. */
export function standsInterruptions(rig: () => Promise<Rig>): void {
  it('a delivery stopped before it takes effect leaves the old files, and the next one goes through', async () => {
    const { destination, folder } = await rig()
    await destination.deliver(snapshotOf({ generation: 1, files: { a: 'old' } }), contextOf())
    const stop = (): never => {
      throw new Error('stopped here')
    }

    const stopped = destination.deliver(
      snapshotOf({ generation: 2, files: { a: 'new' } }),
      contextOf({ reached: stop }),
    )

    await expect(stopped).rejects.toThrow('stopped here')
    expect(await filesBelow(folder)).toEqual({ 'passwd/a': 'old' })
    await destination.deliver(snapshotOf({ generation: 2, files: { a: 'new' } }), contextOf())
    expect(await filesBelow(folder)).toEqual({ 'passwd/a': 'new' })
  })

  it('an aborted delivery ends with the reason and leaves the old files', async () => {
    const { destination, folder } = await rig()
    await destination.deliver(snapshotOf({ generation: 1, files: { a: 'old' } }), contextOf())
    const abort = new AbortController()
    const pause = pausable(snapshotOf({ generation: 2, files: { a: 'new' } }))
    const delivery = destination
      .deliver(pause.snapshot, contextOf({ signal: abort.signal }))
      .then(String, (error: unknown) => error)
    await pause.reading

    abort.abort(new Error('time is over'))
    pause.resume()

    expect(await delivery).toMatchObject({ message: 'time is over' })
    expect(await filesBelow(folder)).toEqual({ 'passwd/a': 'old' })
  })

  it('a delivery aborted before it began does nothing', async () => {
    const { destination, folder } = await rig()

    const delivery = destination.deliver(
      snapshotOf({ generation: 1, files: { a: 'x' } }),
      contextOf({ signal: AbortSignal.abort(new Error('over')) }),
    )

    await expect(delivery).rejects.toThrow('over')
    expect(await filesBelow(folder)).toEqual({})
  })

  it('a file that is shorter or longer than announced is refused', async () => {
    const { destination, folder } = await rig()
    const snapshot = snapshotOf({ generation: 1, files: { a: '12345' } })

    for (const size of [4, 6]) {
      const lying = { ...snapshot, files: [{ path: 'a', size }] }
      await expect(destination.deliver(lying, contextOf())).rejects.toMatchObject({ name: 'GuildhallError' })
    }

    expect(await filesBelow(folder)).toEqual({})
  })
}

/** What holds for many and for large files. */
export function takesMuch(rig: () => Promise<Rig>): void {
  it('delivers 200 files', async () => {
    const { destination, folder } = await rig()
    const files = Object.fromEntries(
      Array.from({ length: 200 }, (_, index) => [`authorized_keys/user${index}`, `key ${index}\n`]),
    )

    await destination.deliver(snapshotOf({ generation: 1, files }), contextOf())

    expect(Object.keys(await filesBelow(folder))).toHaveLength(200)
  }, 60_000)

  it('delivers a file of 20 MB', async () => {
    const { destination, folder } = await rig()
    const big = Buffer.alloc(20_000_000, 'guildhall\n\u0000')

    await destination.deliver(snapshotOf({ generation: 1, files: { big } }), contextOf())

    expect(sha256(await readFile(join(folder, 'passwd/big')))).toBe(sha256(big))
  }, 60_000)
}

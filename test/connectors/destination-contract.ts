import { lstat, mkdir, readdir, rm, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { expect, it } from '@jest/globals'
import { standsInterruptions, takesMuch } from './destination-interruptions.ts'
import { filesBelow, isFenced, pausable } from './destination-rig.ts'
import type { Rig } from './destination-rig.ts'
import { contextOf, snapshotOf } from './snapshots.ts'

/** What every destination type that writes files promises. */
export function keepsTheDestinationContract(rig: () => Promise<Rig>): void {
  takesSnapshots(rig)
  keepsOrder(rig)
  keepsToItsFolder(rig)
  standsInterruptions(rig)
  takesMuch(rig)
}

function takesSnapshots(rig: () => Promise<Rig>): void {
  it('a check passes and makes nothing', async () => {
    const { destination, folder } = await rig()

    await destination.check(contextOf())

    expect(await filesBelow(folder)).toEqual({})
  })

  it('delivers the files of a snapshot', async () => {
    const { destination, folder } = await rig()
    const snapshot = snapshotOf({ generation: 1, files: { passwd: 'ada\n', 'keys/ada': 'ssh\n', empty: '' } })

    const receipt = await destination.deliver(snapshot, contextOf())

    expect(receipt).toEqual({ generation: 1, hash: snapshot.hash, changed: true })
    expect(await filesBelow(folder)).toEqual({
      'passwd/passwd': 'ada\n',
      'passwd/keys/ada': 'ssh\n',
      'passwd/empty': '',
    })
  })

  it('a repeated delivery changes nothing', async () => {
    const { destination, folder } = await rig()
    const snapshot = snapshotOf({ generation: 3, files: { passwd: 'ada\n' } })
    await destination.deliver(snapshot, contextOf())
    const before = await lstat(join(folder, 'passwd/passwd'))

    const receipt = await destination.deliver(snapshot, contextOf())

    expect(receipt).toEqual({ generation: 3, hash: snapshot.hash, changed: false })
    expect((await lstat(join(folder, 'passwd/passwd'))).ino).toBe(before.ino)
  })

  it('a repeated delivery repairs a file that was changed or removed by hand', async () => {
    const { destination, folder } = await rig()
    const snapshot = snapshotOf({ generation: 3, files: { passwd: 'ada\n' } })
    await destination.deliver(snapshot, contextOf())
    await writeFile(join(folder, 'passwd/passwd'), 'eve\n')

    const receipt = await destination.deliver(snapshot, contextOf())

    expect(receipt.changed).toBe(true)
    expect(await filesBelow(folder)).toEqual({ 'passwd/passwd': 'ada\n' })
  })

  it('a snapshot without files is delivered too', async () => {
    const { destination, folder } = await rig()
    await destination.deliver(snapshotOf({ generation: 1, files: { passwd: 'ada\n' } }), contextOf())

    await destination.deliver(snapshotOf({ generation: 2, files: {} }), contextOf())
    const again = await destination.deliver(snapshotOf({ generation: 2, files: {} }), contextOf())

    expect(again.changed).toBe(false)
    expect(await filesBelow(folder)).toEqual({})
  })

  it('observing a place where nothing was delivered finds everything missing, and makes nothing', async () => {
    const { destination, folder } = await rig()

    const observed = await destination.observe(snapshotOf({ generation: 1, files: { a: '1' } }), contextOf())

    expect(observed).toEqual({
      ...{ generation: undefined, same: 0, counts: { missing: 1, different: 0, surplus: 0, foreign: 0 } },
      drifts: [{ kind: 'missing', name: 'a' }],
    })
    expect(await filesBelow(folder)).toEqual({})
  })

  it('observing tells what was changed and removed by hand, and what a newer snapshot would change', async () => {
    const { destination, folder } = await rig()
    await destination.deliver(snapshotOf({ generation: 7, files: { a: '1', b: '2', c: '3', d: '4' } }), contextOf())
    await writeFile(join(folder, 'passwd/b'), 'by hand')
    await rm(join(folder, 'passwd/c'))

    const observed = await destination.observe(
      snapshotOf({ generation: 8, files: { a: '1', b: '2', c: '3', e: '5' } }),
      contextOf(),
    )

    expect(observed).toEqual({
      ...{ generation: 7, same: 1, counts: { missing: 2, different: 1, surplus: 1, foreign: 0 } },
      drifts: [
        { kind: 'different', name: 'b' },
        { kind: 'missing', name: 'c' },
        { kind: 'missing', name: 'e' },
        { kind: 'surplus', name: 'd' },
      ],
    })
  })
}

function keepsOrder(rig: () => Promise<Rig>): void {
  it('a newer generation replaces an older one and removes what vanished', async () => {
    const { destination, folder } = await rig()
    await destination.deliver(
      snapshotOf({ generation: 1, files: { a: '1', 'keys/ada': '1', 'keys/bob': '1' } }),
      contextOf(),
    )

    await destination.deliver(snapshotOf({ generation: 2, files: { a: '2', 'keys/bob': '1' } }), contextOf())
    const kept = await filesBelow(folder)
    await destination.deliver(snapshotOf({ generation: 3, files: { a: '2' } }), contextOf())

    expect(kept).toEqual({ 'passwd/a': '2', 'passwd/keys/bob': '1' })
    expect(await filesBelow(folder)).toEqual({ 'passwd/a': '2' })
    expect(await readdir(join(folder, 'passwd'))).toEqual(['.guildhall', 'a'])
  })

  it('an older generation is refused', async () => {
    const { destination, folder } = await rig()
    await destination.deliver(snapshotOf({ generation: 5, files: { a: 'new' } }), contextOf())

    const older = destination.deliver(snapshotOf({ generation: 4, files: { a: 'old' } }), contextOf())

    await expect(older).rejects.toMatchObject({ code: 'FENCED' })
    expect(await filesBelow(folder)).toEqual({ 'passwd/a': 'new' })
  })

  it('another content under the same generation is refused', async () => {
    const { destination, folder } = await rig()
    await destination.deliver(snapshotOf({ generation: 5, files: { a: 'first' } }), contextOf())

    const second = destination.deliver(snapshotOf({ generation: 5, files: { a: 'second' } }), contextOf())

    await expect(second).rejects.toMatchObject({ code: 'DELIVERY_REFUSED' })
    expect(await filesBelow(folder)).toEqual({ 'passwd/a': 'first' })
  })

  it('another facility is refused', async () => {
    const { destination } = await rig()
    await destination.deliver(snapshotOf({ generation: 5, files: { a: 'mine' } }), contextOf())

    const other = destination.deliver(
      snapshotOf({ facility: 'farm', generation: 9, files: { a: 'theirs' } }),
      contextOf(),
    )

    await expect(other).rejects.toMatchObject({ code: 'DELIVERY_REFUSED' })
  })

  it('an older delivery that was paused while a newer one arrived is refused', async () => {
    const { destination, folder } = await rig()
    const pause = pausable(snapshotOf({ generation: 6, files: { a: 'old', b: 'old' } }))
    const older = destination.deliver(pause.snapshot, contextOf()).then(String, (error: unknown) => error)
    await pause.reading

    await destination.deliver(snapshotOf({ generation: 7, files: { a: 'new' } }), contextOf())
    pause.resume()

    expect(await older).toMatchObject({ code: 'FENCED' })
    expect(await filesBelow(folder)).toEqual({ 'passwd/a': 'new' })
  })

  it('of concurrent deliveries the newest remains', async () => {
    const { destination, folder } = await rig()
    const generations = [3, 1, 6, 2, 6, 5, 4, 6]

    const outcomes = await Promise.allSettled(
      generations.map((generation) =>
        destination.deliver(
          snapshotOf({ generation, files: { a: `${generation}`, [`only-${generation}`]: '' } }),
          contextOf(),
        ),
      ),
    )

    const refusals = outcomes.flatMap((outcome) => (outcome.status === 'rejected' ? [outcome.reason as unknown] : []))
    expect(refusals.filter((error) => !isFenced(error))).toEqual([])
    expect(await filesBelow(folder)).toEqual({ 'passwd/a': '6', 'passwd/only-6': '' })
    const installed = snapshotOf({ generation: 6, files: { a: '6', 'only-6': '' } })
    expect(await destination.observe(installed, contextOf())).toMatchObject({ generation: 6, same: 2, drifts: [] })
  })
}

function keepsToItsFolder(rig: () => Promise<Rig>): void {
  it('a foreign file is neither removed nor overwritten', async () => {
    const { destination, folder } = await rig()
    await destination.deliver(snapshotOf({ generation: 1, files: { 'keys/ada': '1' } }), contextOf())
    await writeFile(join(folder, 'passwd/keys/foreign'), 'not ours')

    await destination.deliver(snapshotOf({ generation: 2, files: { a: '2' } }), contextOf())
    const overwriting = destination.deliver(snapshotOf({ generation: 3, files: { 'keys/foreign': '3' } }), contextOf())

    await expect(overwriting).rejects.toMatchObject({ code: 'DELIVERY_REFUSED' })
    expect(await filesBelow(folder)).toEqual({ 'passwd/a': '2', 'passwd/keys/foreign': 'not ours' })
  })

  it('a foreign file with the same content is adopted', async () => {
    const { destination, folder } = await rig()
    await mkdir(join(folder, 'passwd'), { recursive: true })
    await writeFile(join(folder, 'passwd/a'), 'same')

    await destination.deliver(snapshotOf({ generation: 1, files: { a: 'same' } }), contextOf())
    await destination.deliver(snapshotOf({ generation: 2, files: {} }), contextOf())

    expect(await filesBelow(folder)).toEqual({})
  })

  it('a file where a folder must be is refused', async () => {
    const { destination, folder } = await rig()
    await mkdir(join(folder, 'passwd'), { recursive: true })
    await writeFile(join(folder, 'passwd/keys'), 'a file')

    const delivery = destination.deliver(snapshotOf({ generation: 1, files: { 'keys/ada': '1' } }), contextOf())

    await expect(delivery).rejects.toMatchObject({ code: 'DELIVERY_REFUSED' })
    expect(await filesBelow(folder)).toEqual({ 'passwd/keys': 'a file' })
  })
}

/** What types promise besides that see what others lay beside our files. */
export function namesForeignFiles(rig: () => Promise<Rig>): void {
  it('observing names files that somebody else laid into the folder', async () => {
    const { destination, folder } = await rig()
    const snapshot = snapshotOf({ generation: 1, files: { a: '1' } })
    await destination.deliver(snapshot, contextOf())
    await mkdir(join(folder, 'passwd/keys'))
    await writeFile(join(folder, 'passwd/keys/eve'), 'not ours')

    const observed = await destination.observe(snapshot, contextOf())

    expect(observed).toEqual({
      ...{ generation: 1, same: 1, counts: { missing: 0, different: 0, surplus: 0, foreign: 1 } },
      drifts: [{ kind: 'foreign', name: 'keys/eve' }],
    })
  })
}

import { expect, it } from '@jest/globals'
import type { Destination, Observation } from '../../connectors/destination.ts'
import { openDoor } from './door.ts'
import { isFenced, pausable } from './destination-rig.ts'
import { contextOf, snapshotOf } from './snapshots.ts'
import { startSilentServer } from './silent-server.ts'

/** Records by name, each with a text; an empty one is what the place under test does not take. */
export type Records = Readonly<Record<string, string>>

/** A place of its own for records, and hands that change what is there behind our back. */
export interface RecordsRig {
  readonly destination: Destination
  /** The files of a snapshot that wants these records. */
  readonly files: (records: Records) => Readonly<Record<string, string>>
  /** Everything that is there, of ours and of others. */
  readonly there: () => Promise<Records>
  /** What an observation calls a record. */
  readonly nameOf: (name: string) => string
  /** By hand: makes one that is not there, without our mark. */
  readonly add: (name: string, text: string) => Promise<void>
  readonly edit: (name: string, text: string) => Promise<void>
  readonly remove: (name: string) => Promise<void>
  /** How often something was changed, or tried to be, since it was asked last. */
  readonly writes: () => Promise<number>
  /** The same place, reached over another port. */
  readonly reach: (port: number) => Destination
  readonly port: number
}

type MakeRig = () => Promise<RecordsRig>

/** What every destination type that keeps records promises. */
export function keepsTheRecordsContract(rig: MakeRig): void {
  takesSnapshots(rig)
  keepsOrder(rig)
  findsAndRepairs(rig)
  leavesOthersAlone(rig)
  standsInterruptions(rig)
}

interface Wanted {
  readonly generation: number
  readonly records: Records
  readonly facility?: string
}

const snapshotFor = (rig: RecordsRig, { generation, records, facility = 'hpc' }: Wanted) =>
  snapshotOf({ generation, facility, files: rig.files(records) })

function takesSnapshots(make: MakeRig): void {
  it('a check passes and changes nothing', async () => {
    const rig = await make()

    await rig.destination.check(contextOf())

    expect(await rig.there()).toEqual({})
  })

  it('puts the records of a snapshot there', async () => {
    const rig = await make()
    const snapshot = snapshotFor(rig, { generation: 1, records: { ada: 'Ada', bob: 'Bob' } })

    const receipt = await rig.destination.deliver(snapshot, contextOf())

    expect(receipt).toEqual({ generation: 1, hash: snapshot.hash, changed: true })
    expect(await rig.there()).toEqual({ ada: 'Ada', bob: 'Bob' })
  })

  it('a repeated delivery writes nothing', async () => {
    const rig = await make()
    const snapshot = snapshotFor(rig, { generation: 3, records: { ada: 'Ada', bob: 'Bob' } })
    await rig.destination.deliver(snapshot, contextOf())
    await rig.writes()

    const receipt = await rig.destination.deliver(snapshot, contextOf())

    expect(receipt).toEqual({ generation: 3, hash: snapshot.hash, changed: false })
    expect(await rig.writes()).toBe(0)
  })

  it('writes only what differs', async () => {
    const rig = await make()
    const kept = Object.fromEntries(Array.from({ length: 300 }, (_, index) => [`p${index}`, `Person ${index}`]))
    const many = { ...kept, gone: 'Gone' }
    await rig.destination.deliver(snapshotFor(rig, { generation: 1, records: many }), contextOf())
    const others = { ...kept, p7: 'Somebody', new: 'New' }
    await rig.writes()

    await rig.destination.deliver(snapshotFor(rig, { generation: 2, records: others }), contextOf())

    // One for each of the three, and what notes the beginning and the end.
    expect(await rig.writes()).toBe(5)
    expect(await rig.there()).toEqual(others)
  })

  it('a snapshot without records takes away those that were there', async () => {
    const rig = await make()
    await rig.destination.deliver(snapshotFor(rig, { generation: 1, records: { ada: 'Ada' } }), contextOf())

    await rig.destination.deliver(snapshotFor(rig, { generation: 2, records: {} }), contextOf())

    expect(await rig.there()).toEqual({})
  })
}

function keepsOrder(make: MakeRig): void {
  it('an older generation is refused', async () => {
    const rig = await make()
    await rig.destination.deliver(snapshotFor(rig, { generation: 5, records: { ada: 'new' } }), contextOf())

    const older = rig.destination.deliver(snapshotFor(rig, { generation: 4, records: { ada: 'old' } }), contextOf())

    await expect(older).rejects.toMatchObject({ code: 'FENCED' })
    expect(await rig.there()).toEqual({ ada: 'new' })
  })

  it('another content under the same generation is refused, and so is another facility', async () => {
    const rig = await make()
    await rig.destination.deliver(snapshotFor(rig, { generation: 5, records: { ada: 'first' } }), contextOf())
    const others = [
      { generation: 5, records: { ada: 'second' } },
      { generation: 9, records: { ada: 'theirs' }, facility: 'farm' },
    ]

    for (const other of others) {
      const delivery = rig.destination.deliver(snapshotFor(rig, other), contextOf())
      await expect(delivery).rejects.toMatchObject({ code: 'DELIVERY_REFUSED' })
    }

    expect(await rig.there()).toEqual({ ada: 'first' })
  })

  it('an older delivery that was paused while a newer one arrived is refused', async () => {
    const rig = await make()
    const pause = pausable(snapshotFor(rig, { generation: 6, records: { ada: 'old', bob: 'old' } }))
    const older = rig.destination.deliver(pause.snapshot, contextOf()).then(String, (error: unknown) => error)
    await pause.reading

    await rig.destination.deliver(snapshotFor(rig, { generation: 7, records: { ada: 'new' } }), contextOf())
    pause.resume()

    expect(await older).toMatchObject({ code: 'FENCED' })
    expect(await rig.there()).toEqual({ ada: 'new' })
  })

  it('of concurrent deliveries the newest remains', async () => {
    const rig = await make()
    const wanted = (generation: number): Wanted => ({
      generation,
      records: { all: `${generation}`, [`only${generation}`]: 'x' },
    })

    const outcomes = await Promise.allSettled(
      [3, 1, 6, 2, 5, 4].map((generation) =>
        rig.destination.deliver(snapshotFor(rig, wanted(generation)), contextOf()),
      ),
    )

    const refusals = outcomes.flatMap((outcome) => (outcome.status === 'rejected' ? [outcome.reason as unknown] : []))
    expect(refusals.filter((error) => !isFenced(error))).toEqual([])
    expect(await rig.there()).toEqual({ all: '6', only6: 'x' })
    expect(await rig.destination.observe(snapshotFor(rig, wanted(6)), contextOf())).toMatchObject({
      ...{ generation: 6, drifts: [] },
    })
  })

  it('of deliveries of one generation at once one arrives, and everything is in place', async () => {
    const rig = await make()
    const snapshot = snapshotFor(rig, { generation: 2, records: { ada: 'Ada', bob: 'Bob', cy: 'Cy' } })

    const outcomes = await Promise.allSettled([1, 2, 3].map(() => rig.destination.deliver(snapshot, contextOf())))

    const refusals = outcomes.flatMap((outcome) => (outcome.status === 'rejected' ? [outcome.reason as unknown] : []))
    expect(refusals.filter((error) => !isFenced(error))).toEqual([])
    expect(refusals.length).toBeLessThan(3)
    expect(await rig.there()).toEqual({ ada: 'Ada', bob: 'Bob', cy: 'Cy' })
  })
}

function findsAndRepairs(make: MakeRig): void {
  const counts = (found: Partial<Observation['counts']>): Observation['counts'] => ({
    ...{ missing: 0, different: 0, surplus: 0, foreign: 0 },
    ...found,
  })

  it('observing a place where nothing was delivered finds everything missing, and changes nothing', async () => {
    const rig = await make()

    const observed = await rig.destination.observe(
      snapshotFor(rig, { generation: 1, records: { ada: 'Ada' } }),
      contextOf(),
    )

    expect(observed).toEqual({
      ...{ generation: undefined, same: 0, counts: counts({ missing: 1 }) },
      drifts: [{ kind: 'missing', name: rig.nameOf('ada') }],
    })
    expect(await rig.there()).toEqual({})
  })

  it('what was edited, deleted and added by hand is told, and a repeated delivery repairs what is ours', async () => {
    const rig = await make()
    const records = { ada: 'Ada', bob: 'Bob', cy: 'Cy' }
    const snapshot = snapshotFor(rig, { generation: 7, records })
    await rig.destination.deliver(snapshot, contextOf())
    await rig.edit('bob', 'by hand')
    await rig.remove('cy')
    await rig.add('eve', 'by hand')

    const observed = await rig.destination.observe(snapshot, contextOf())
    const repaired = await rig.destination.deliver(snapshot, contextOf())

    expect(observed).toEqual({
      ...{ generation: 7, same: 1, counts: counts({ missing: 1, different: 1 }) },
      drifts: [
        { kind: 'different', name: rig.nameOf('bob') },
        { kind: 'missing', name: rig.nameOf('cy') },
      ],
    })
    expect(repaired.changed).toBe(true)
    expect(await rig.there()).toEqual({ ...records, eve: 'by hand' })
    expect(await rig.destination.observe(snapshot, contextOf())).toMatchObject({ same: 3, drifts: [] })
  })

  it('what a newer snapshot would change is told beforehand', async () => {
    const rig = await make()
    await rig.destination.deliver(
      snapshotFor(rig, { generation: 1, records: { ada: 'Ada', bob: 'Bob', cy: 'Cy' } }),
      contextOf(),
    )

    const observed = await rig.destination.observe(
      snapshotFor(rig, { generation: 2, records: { ada: 'Ada', bob: 'Robert', new: 'New' } }),
      contextOf(),
    )

    expect(observed).toEqual({
      ...{ generation: 1, same: 1, counts: counts({ missing: 1, different: 1, surplus: 1 }) },
      drifts: [
        { kind: 'different', name: rig.nameOf('bob') },
        { kind: 'missing', name: rig.nameOf('new') },
        { kind: 'surplus', name: rig.nameOf('cy') },
      ],
    })
  })
}

function leavesOthersAlone(make: MakeRig): void {
  it("somebody else's record in the place of ours stays as it is, and the delivery says so, with everything else in place", async () => {
    const rig = await make()
    await rig.add('eve', 'not ours')
    await rig.add('bob', 'not ours')
    const snapshot = snapshotFor(rig, { generation: 1, records: { ada: 'Ada', bob: 'Bob' } })

    const first = await rig.destination.deliver(snapshot, contextOf()).catch((error: unknown) => error)
    await rig.writes()
    const again = await rig.destination.deliver(snapshot, contextOf()).catch((error: unknown) => error)

    const refused = {
      code: 'DELIVERY_REFUSED',
      message: expect.stringMatching(new RegExp(`1 entry .*${rig.nameOf('bob')}`)),
    }
    expect([first, again]).toMatchObject([refused, refused])
    expect(await rig.writes()).toBe(0)
    expect(await rig.there()).toEqual({ ada: 'Ada', bob: 'not ours', eve: 'not ours' })
    expect(await rig.destination.observe(snapshot, contextOf())).toMatchObject({
      ...{ generation: 1, same: 1, drifts: [{ kind: 'foreign', name: rig.nameOf('bob') }] },
    })
  })

  it('a record that is not taken keeps back no other, and is told', async () => {
    const rig = await make()
    await rig.destination.deliver(snapshotFor(rig, { generation: 1, records: { ada: 'Ada', gone: 'x' } }), contextOf())

    const delivery = rig.destination.deliver(
      snapshotFor(rig, { generation: 2, records: { ada: 'Countess', bad: '', cy: 'Cy' } }),
      contextOf(),
    )

    await expect(delivery).rejects.toMatchObject({
      code: 'DELIVERY_REFUSED',
      message: expect.stringContaining(rig.nameOf('bad')),
    })
    expect(await rig.there()).toEqual({ ada: 'Countess', cy: 'Cy' })
  })
}

function standsInterruptions(make: MakeRig): void {
  it('a delivery that was stopped is completed by the next one', async () => {
    const rig = await make()
    await rig.destination.deliver(snapshotFor(rig, { generation: 1, records: { ada: 'Ada', gone: 'x' } }), contextOf())
    const snapshot = snapshotFor(rig, { generation: 2, records: { ada: 'Countess', bob: 'Bob' } })
    const stop = (): never => {
      throw new Error('stopped here')
    }

    const stopped = rig.destination.deliver(snapshot, contextOf({ reached: stop }))
    await expect(stopped).rejects.toThrow('stopped here')
    const receipt = await rig.destination.deliver(snapshot, contextOf())

    expect(receipt.changed).toBe(true)
    expect(await rig.there()).toEqual({ ada: 'Countess', bob: 'Bob' })
  })

  it('a delivery whose connection is cut is completed by the next one', async () => {
    const rig = await make()
    const records = (generation: number): Records =>
      Object.fromEntries(Array.from({ length: 300 }, (_, index) => [`p${index}`, `${generation}: ${index}`]))
    for (const [index, cutAfter] of [0, 300, 1_000, 8_000, 30_000].entries()) {
      const door = await openDoor(() => ({ port: rig.port, cutAfter }))
      const snapshot = snapshotFor(rig, { generation: index + 1, records: records(index) })

      const cut = rig.reach(door.port).deliver(snapshot, contextOf())
      await expect(cut).rejects.toMatchObject({ code: 'DESTINATION_UNREACHABLE' })
      await rig.destination.deliver(snapshot, contextOf())

      expect(await rig.there()).toEqual(records(index))
      door.stop()
    }
  })

  it('an aborted delivery ends with the reason', async () => {
    const rig = await make()
    const abort = new AbortController()
    const pause = pausable(snapshotFor(rig, { generation: 1, records: { ada: 'Ada' } }))
    const delivery = rig.destination
      .deliver(pause.snapshot, contextOf({ signal: abort.signal }))
      .then(String, (error: unknown) => error)
    await pause.reading

    abort.abort(new Error('time is over'))
    pause.resume()

    expect(await delivery).toMatchObject({ message: 'time is over' })
    expect(await rig.there()).toEqual({})
  })

  it('a server that hangs is given up when the time is over', async () => {
    const rig = await make()
    const silent = await startSilentServer()
    const abort = new AbortController()
    const reason = new Error('time is over')

    const check = rig
      .reach(silent.port)
      .check(contextOf({ signal: abort.signal }))
      .catch((error: unknown) => error)
    setImmediate(() => abort.abort(reason))

    expect(await check).toBe(reason)
    silent.stop()
  })

  it('a port where nobody listens is unreachable', async () => {
    const rig = await make()

    await expect(rig.reach(1).check(contextOf())).rejects.toMatchObject({ code: 'DESTINATION_UNREACHABLE' })
  })
}

import { setImmediate } from 'node:timers/promises'
import { expect, it } from '@jest/globals'
import type { Source } from '../../connectors/source.ts'
import { able, isExplained, peopleOf, readThrough, until } from './source-rig.ts'
import type { SourceRig } from './source-rig.ts'

/** A source gives a page, and waits to be asked for the next one. */
export function standsBackPressure(rig: () => SourceRig): void {
  it('reads no further than two pages ahead of who takes them', async () => {
    const given = able(rig(), 'given')
    const source = await rig().serve(peopleOf(8_000))
    const reading = source.subjects(undefined, { signal: new AbortController().signal })

    const first = await reading.next()
    for (let turn = 0; turn < 200; turn += 1) await setImmediate()
    const taken = await given()
    await reading.return({ complete: false, count: 0 })

    const length = first.done === true ? 0 : first.value.length
    expect(length).toBeGreaterThan(0)
    expect(taken).toBeLessThanOrEqual(length + 2_000)
  })
}

/** A read that does not come to its end is never taken for one that did, and leaves nothing open. */
export function standsAnEnd(rig: () => SourceRig): void {
  it('lets go of everything when nobody takes the next page', async () => {
    const { serve, open } = rig()
    const source = await serve(peopleOf(3_000))
    const reading = source.subjects(undefined, { signal: new AbortController().signal })
    await reading.next()

    await reading.return({ complete: false, count: 0 })

    expect(await until(async () => (await open()) === 0)).toBe(true)
  })
  it('is never complete when the source breaks in the middle', async () => {
    const { serveBroken, open } = rig()
    const source = await serveBroken(peopleOf(3_000))

    const { end, error } = await readThrough(source)

    expect(end?.complete ?? false).toBe(false)
    expect(error === undefined || isExplained(error)).toBe(true)
    expect(await until(async () => (await open()) === 0)).toBe(true)
  })

  it('a read and a check that are cancelled before they begin end with the reason', async () => {
    const source = await rig().serve(peopleOf(3))
    const reason = new Error('the run is over')
    const signal = AbortSignal.abort(reason)

    const check = await source.check({ signal }).catch((error: unknown) => error)
    const { pages, error } = await readThrough(source, undefined, signal)

    expect({ check, pages, error }).toEqual({ check: reason, pages: [], error: reason })
  })

  it('a read that is cancelled in the middle ends with the reason and lets go of everything', async () => {
    const { serve, open } = rig()
    const source = await serve(peopleOf(8_000))
    const controller = new AbortController()
    const reason = new Error('the run is over')
    const reading = source.subjects(undefined, { signal: controller.signal })
    await reading.next()

    controller.abort(reason)
    const outcomes = [await outcomeOf(reading), await outcomeOf(reading), await outcomeOf(reading)]

    expect(outcomes).toContain(reason)
    expect(await until(async () => (await open()) === 0)).toBe(true)
  })
}

/** A server that says nothing holds nobody up who wants to stop. */
export function standsSilence(rig: () => SourceRig): void {
  it('a read that waits for an answer that never comes can be cancelled', async () => {
    const { open } = rig()
    const source = await able(rig(), 'stuck')()
    const controller = new AbortController()
    const reason = new Error('the run is over')
    const waiting = readThrough(source, undefined, controller.signal)
    await until(async () => (await open()) > 0)

    controller.abort(reason)

    expect(await waiting).toEqual({ pages: [], end: undefined, error: reason })
    expect(await until(async () => (await open()) === 0)).toBe(true)
  })
}

async function outcomeOf(reading: ReturnType<Source['subjects']>): Promise<unknown> {
  return reading.next().catch((error: unknown) => error)
}

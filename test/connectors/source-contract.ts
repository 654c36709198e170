import { describe, expect, it } from '@jest/globals'
import { longestValue } from '../../connectors/source.ts'
import type { UnreadableReason } from '../../connectors/source.ts'
import { standsAnEnd, standsBackPressure, standsSilence } from './source-interruptions.ts'
import { able, inOrder, isExplained, peopleOf, readThrough, recordOfPerson, shown } from './source-rig.ts'
import type { Ability, SourceRig } from './source-rig.ts'

/**
 * What every source type promises. `rig` gives the same rig each time, once its system stands; what it cannot do is named, and not
 * tested.
 */
export function keepsTheSourceContract(
  rig: () => SourceRig,
  { cannot = [] }: { cannot?: readonly Ability[] } = {},
): void {
  const can = (ability: Ability): boolean => !cannot.includes(ability)
  describe('by the contract of sources', () => {
    namesEverybody(rig)
    if (can('selectTeam')) selects(rig)
    readsOnPastOddValues(rig)
    if (can('given')) standsBackPressure(rig)
    standsAnEnd(rig)
    if (can('stuck')) standsSilence(rig)
    saysWhenAway(rig)
    if (can('refused')) saysWhenRefused(rig)
    keepsSecrets(rig, can('refused'))
  })
}

function namesEverybody(rig: () => SourceRig): void {
  it('names all of 2,500 people exactly, in pages of at most 1,000', async () => {
    const people = peopleOf(2_500)
    const source = await rig().serve(people)

    const { pages, end, error } = await readThrough(source)

    expect(error).toBeUndefined()
    expect(end).toMatchObject({ complete: true, count: 2_500 })
    expect(pages.map((page) => page.length).filter((length) => length < 1 || length > 1_000)).toEqual([])
    expect(inOrder(pages.flat())).toEqual(inOrder(people.map(recordOfPerson)))
  })

  it('names nobody, and all of them, where there is nobody', async () => {
    const source = await rig().serve([])

    const { pages, end, error } = await readThrough(source)

    expect({ pages, end, error }).toMatchObject({ pages: [], end: { complete: true, count: 0 }, error: undefined })
  })

  it('names the same people when it is read again', async () => {
    const people = peopleOf(1_200)
    const source = await rig().serve(people)

    const reads = [await readThrough(source), await readThrough(source), await readThrough(source)]

    expect(reads.map(({ end }) => end)).toEqual(Array(3).fill({ complete: true, count: 1_200 }))
    const expected = inOrder(people.map(recordOfPerson))
    expect(reads.map(({ pages }) => inOrder(pages.flat()))).toEqual([expected, expected, expected])
  })

  it('two reads at once do not mix', async () => {
    const people = peopleOf(1_200)
    const source = await rig().serve(people)

    const both = await Promise.all([readThrough(source), readThrough(source)])

    const expected = inOrder(people.map(recordOfPerson))
    expect(both.map(({ pages }) => inOrder(pages.flat()))).toEqual([expected, expected])
  })

  it('a check passes where a read would', async () => {
    const source = await rig().serve(peopleOf(3))

    await expect(source.check({ signal: new AbortController().signal })).resolves.toBeUndefined()
  })
}

function selects(rig: () => SourceRig): void {
  it('names only those who are selected', async () => {
    const people = peopleOf(50)
    const source = await rig().serve(people)
    const selectTeam = able(rig(), 'selectTeam')

    const { pages, end } = await readThrough(source, selectTeam('compiler'))
    const nobody = await readThrough(source, selectTeam('nobody'))

    const expected = people.filter(({ team }) => team === 'compiler').map(recordOfPerson)
    expect(inOrder(pages.flat())).toEqual(inOrder(expected))
    expect(end).toMatchObject({ complete: true, count: 10 })
    expect(nobody).toMatchObject({ pages: [], end: { complete: true, count: 0 } })
  })
}

const odd: Readonly<Record<UnreadableReason, Buffer>> = {
  nul: Buffer.from('a\0b'),
  'not-utf8': Buffer.from([0x61, 0xff, 0xc3, 0x28]),
  'too-long': Buffer.alloc(10_000_000, 'x'),
}

function readsOnPastOddValues(rig: () => SourceRig): void {
  it('a value that no record can carry makes only that field unreadable', async () => {
    const { serve, holds } = rig()
    const people = peopleOf(holds.length * 2)
    const source = await serve(
      people.map((person, index) => {
        const reason = index % 2 === 0 ? holds[index / 2] : undefined
        return reason === undefined ? person : { ...person, name: odd[reason] }
      }),
    )

    const { pages, end, error } = await readThrough(source)

    const expected = people.map(recordOfPerson).map((record, index) => {
      const reason = index % 2 === 0 ? holds[index / 2] : undefined
      if (reason === undefined) return record
      const { login = [], team = [] } = record.fields
      return { fields: { login, team }, unreadable: { name: reason } }
    })
    expect(error).toBeUndefined()
    expect(inOrder(pages.flat())).toEqual(inOrder(expected))
    expect(end).toMatchObject({ complete: true, count: people.length })
  })

  it('a value of exactly the longest length is carried', async () => {
    const person = { login: 'long', name: 'é'.repeat(longestValue), team: 'library' }
    const source = await rig().serve([person])

    const { pages } = await readThrough(source)

    expect(pages).toEqual([[recordOfPerson(person)]])
  })
}

function saysWhenAway(rig: () => SourceRig): void {
  it('a source that is away fails a check and a read, and says so', async () => {
    const source = await rig().unreachable()

    const check = await source.check({ signal: new AbortController().signal }).catch((error: unknown) => error)
    const { pages, error } = await readThrough(source)

    expect(pages).toEqual([])
    expect([check, error]).toMatchObject([{ code: 'SOURCE_UNREACHABLE' }, { code: 'SOURCE_UNREACHABLE' }])
    expect([check, error].map(isExplained)).toEqual([true, true])
  })
}

function saysWhenRefused(rig: () => SourceRig): void {
  it('a source that refuses fails a check and a read, and says so', async () => {
    const source = await able(rig(), 'refused')()

    const check = await source.check({ signal: new AbortController().signal }).catch((error: unknown) => error)
    const { pages, error } = await readThrough(source)

    expect(pages).toEqual([])
    expect([check, error]).toMatchObject([{ code: 'SOURCE_REFUSED' }, { code: 'SOURCE_REFUSED' }])
    expect([check, error].map(isExplained)).toEqual([true, true])
  })
}

function keepsSecrets(rig: () => SourceRig, canRefuse: boolean): void {
  it('no error shows a secret', async () => {
    const { secrets, unreachable, serveBroken } = rig()
    const sources = [await unreachable(), await serveBroken(peopleOf(100))]
    if (canRefuse) sources.push(await able(rig(), 'refused')())

    const errors: unknown[] = []
    for (const source of sources) errors.push((await readThrough(source)).error)

    const texts = errors.map(shown).join('\n')
    expect(secrets.filter((secret) => texts.includes(secret))).toEqual([])
  })
}

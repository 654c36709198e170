import { describe, expect, it } from '@jest/globals'
import fc from 'fast-check'
import { diffStructure, type StructureChange } from '../../../core/structure/diff-structure.ts'
import { placeGroups } from '../../../core/structure/place-groups.ts'
import { labelOf, type GroupRecord, type SourcedGroup } from '../../../core/structure/sourced-group.ts'
import { parentOf } from '../../../core/config/references.ts'

const key = fc.constantFrom('1', '2', '3', '4', '5', '6', '7')
const name = fc.constantFrom('a', 'b', 'B', 'c', 'd', 'no name', 'res', '')
const record: fc.Arbitrary<GroupRecord> = fc
  .record({
    key,
    name,
    parent: fc.option(fc.oneof(key, fc.constant('9')), { nil: undefined }),
    title: fc.option(fc.constantFrom('One', 'Two'), { nil: undefined }),
    includes: fc.uniqueArray(key, { maxLength: 2 }),
  })
  .map(({ parent, title, ...rest }) => ({
    ...rest,
    ...(parent === undefined ? {} : { parent }),
    ...(title === undefined ? {} : { title }),
  }))
const read = fc.record({
  records: fc.array(record, { maxLength: 8 }),
  layout: fc.constantFrom('nested' as const, 'flat' as const),
  lasting: fc.uniqueArray(key, { maxLength: 2 }),
  unusable: fc.uniqueArray(key, { maxLength: 1 }),
})

type Read = typeof read extends fc.Arbitrary<infer T> ? T : never

function place(have: readonly SourcedGroup[], { records, layout, lasting, unusable }: Read): readonly SourcedGroup[] {
  const named = new Set(records.map((one) => one.key))
  const there = new Set(have.map((one) => one.key))
  return placeGroups({
    ...{ records, have, layout, unusable: new Set(unusable), taken: ['D'], longest: 20 },
    lasting: new Set(lasting.filter((one) => there.has(one) && !named.has(one))),
  }).groups
}

/** Carries changes out one by one, each on what the ones before it left. */
function carryOut(have: readonly SourcedGroup[], changes: readonly StructureChange[]): SourcedGroup[] {
  const keyAt = (groups: readonly SourcedGroup[], path: string | undefined) =>
    groups.find((group) => group.path === path)?.key
  const nodes = new Map(
    have.map((group) => [
      group.key,
      { ...group, parent: keyAt(have, parentOf(group.path)), label: labelOf(group.path) },
    ]),
  )
  const pathOf = (one: string): string => {
    const { parent, label = '' } = nodes.get(one) ?? {}
    return parent === undefined ? label : `${pathOf(parent)}:${label}`
  }
  for (const change of changes) {
    if (change.kind === 'remove') {
      expect([...nodes.values()].filter(({ parent }) => parent === change.key)).toEqual([])
      nodes.delete(change.key)
      continue
    }
    const { parent, group, path } = change
    expect(parent === undefined || nodes.has(parent)).toBe(true)
    nodes.set(change.key, { ...group, parent, label: labelOf(path) })
  }
  return [...nodes.values()].map(({ key: one, title, includes }) => ({
    ...{ key: one, includes, path: pathOf(one) },
    ...(title === undefined ? {} : { title }),
  }))
}

const byKey = (groups: readonly SourcedGroup[]) => groups.toSorted((a, b) => (a.key < b.key ? -1 : 1))

describe('a tree out of any records', () => {
  it('has each group once, below one that is there, under a name that fits, and no group within itself', () => {
    fc.assert(
      fc.property(fc.array(read, { minLength: 1, maxLength: 3 }), (reads) => {
        let have: readonly SourcedGroup[] = []
        for (const one of reads) {
          have = place(have, one)

          const paths = have.map(({ path }) => path)
          expect(new Set(paths.map((path) => path.toLowerCase())).size).toBe(paths.length)
          expect(new Set(have.map((group) => group.key)).size).toBe(have.length)
          for (const path of paths) {
            expect(path).toMatch(/^[a-dB](?::[a-dB])*$/)
            expect(path.toLowerCase()).not.toBe('d')
            expect([undefined, ...paths]).toContain(parentOf(path))
          }
          expect(roundsIn(have)).toEqual([])
        }
      }),
      { numRuns: 2000 },
    )
  })

  it('comes about by the changes, one after the other, and then there is nothing to change', () => {
    fc.assert(
      fc.property(read, read, (first, second) => {
        const have = place([], first)
        const want = place(have, second)
        const changes = diffStructure(have, want)

        expect(byKey(carryOut(have, changes))).toEqual(byKey(want))
        expect(diffStructure(want, place(want, second))).toEqual([])
      }),
      { numRuns: 2000 },
    )
  })

  it('keeps every group of which the records say something, and makes none of which they say nothing', () => {
    fc.assert(
      fc.property(read, read, (first, second) => {
        const have = place([], first)
        const want = place(have, second)

        const named = new Set(second.records.map((one) => one.key))
        const there = new Set(want.map((group) => group.key))
        expect(have.filter((group) => named.has(group.key) && !there.has(group.key))).toEqual([])
        expect(want.filter((group) => !named.has(group.key) && !have.some((one) => one.key === group.key))).toEqual([])
      }),
    )
  })
})

function roundsIn(groups: readonly SourcedGroup[]): string[] {
  const keyAt = new Map(groups.map((group) => [group.path, group.key]))
  const below = new Map(groups.map((group) => [group.key, [...group.includes]]))
  for (const group of groups) below.get(keyAt.get(parentOf(group.path) ?? '') ?? '')?.push(group.key)
  return groups
    .map((group) => group.key)
    .filter((start) => {
      const seen = new Set(below.get(start))
      for (const one of seen) for (const next of below.get(one) ?? []) seen.add(next)
      return seen.has(start)
    })
}

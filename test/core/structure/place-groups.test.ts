import { describe, expect, it } from '@jest/globals'
import { placeGroups } from '../../../core/structure/place-groups.ts'
import type { PlaceInput } from '../../../core/structure/standing.ts'
import type { GroupRecord, SourcedGroup } from '../../../core/structure/sourced-group.ts'

/** A record as `key name parent`. */
function record(text: string, more: Partial<GroupRecord> = {}): GroupRecord {
  const [key = '', name = '', parent] = text.split(' ')
  return { key, name, includes: [], ...(parent === undefined ? {} : { parent }), ...more }
}

/** A group there already, as `key path`. */
function there(text: string, includes: readonly string[] = []): SourcedGroup {
  const [key = '', path = ''] = text.split(' ')
  return { key, path, includes }
}

function placed(records: readonly GroupRecord[], more: Partial<PlaceInput> = {}): object {
  const usual = { have: [], layout: 'nested', taken: [], lasting: new Set<string>(), longest: 100 } as const
  const { groups, notes } = placeGroups({ records, ...usual, ...more })
  return {
    groups: groups.map(({ key, path, includes }) => [key, path, ...includes].join(' ')),
    notes: notes.map(({ key, reason, value }) => [key, reason, value].filter(Boolean).join(' ')),
  }
}

describe('the groups of a source', () => {
  const cases: readonly [string, ReturnType<typeof placed>, { groups: string[]; notes: string[] }][] = [
    [
      'lie as their parents say',
      placed([record('2 b 1'), record('1 a'), record('3 c 2')]),
      { groups: ['1 a', '2 a:b', '3 a:b:c'], notes: [] },
    ],
    [
      'all lie directly below the base in a flat layout',
      placed([record('2 b 1'), record('1 a'), record('3 c 9')], { layout: 'flat' }),
      { groups: ['1 a', '2 b', '3 c'], notes: [] },
    ],
    [
      'lie below the base where nobody knows the parent',
      placed([record('2 b 9'), record('3 c 2')]),
      { groups: ['2 b', '3 b:c'], notes: ['2 parent-unknown 9'] },
    ],
    [
      'are left out with what is below them where the name does not fit',
      placed([record('1 a'), record('2 b/c 1'), record('3 d 2'), record('4 res 1'), record('5 .. 1'), record('6')]),
      {
        groups: ['1 a'],
        notes: ['2 name-unfit b/c', '3 below-skipped 2', '4 name-reserved res', '5 name-unfit ..', '6 no-name'],
      },
    ],
    [
      'stay as they are with what is below them where the new name does not fit, and follow what they lie in',
      placed([record('1 z'), record('2 b/c 1'), record('3 new 2'), record('4 d 2')], {
        have: [there('1 a'), there('2 a:b'), there('3 a:b:c')],
      }),
      { groups: ['1 z', '2 z:b', '3 z:b:c'], notes: ['2 name-unfit b/c', '3 below-skipped 2', '4 below-skipped 2'] },
    ],
    [
      'do not take the name of another, ignoring case, and of two newcomers none gets it',
      placed([record('1 a'), record('2 A'), record('3 b'), record('4 B'), record('5 D')], {
        have: [there('1 a')],
        taken: ['d'],
      }),
      { groups: ['1 a'], notes: ['2 name-taken A', '3 name-twice b', '4 name-twice B', '5 name-taken D'] },
    ],
    [
      'swap their names',
      placed([record('1 b'), record('2 a'), record('3 c 1')], { have: [there('1 a'), there('2 b'), there('3 a:c')] }),
      { groups: ['2 a', '1 b', '3 b:c'], notes: [] },
    ],
    [
      'change only the case of a name',
      placed([record('1 A')], { have: [there('1 a')] }),
      { groups: ['1 A'], notes: [] },
    ],
    [
      'move below a newcomer that takes their old name',
      placed([record('2 a'), record('1 b 2')], { have: [there('1 a')] }),
      { groups: ['2 a', '1 a:b'], notes: [] },
    ],
    [
      'are left out where they lie in each other',
      placed([record('1 a 2'), record('2 b 1'), record('3 c 1'), record('4 d'), record('5 e 5')]),
      { groups: ['4 d'], notes: ['1 cycle', '2 cycle', '3 below-skipped 1', '5 cycle'] },
    ],
    [
      'are left out where two records of one key differ, and are one where they do not',
      placed([record('1 a'), record('1 b'), record('2 c'), record('2 c')]),
      { groups: ['2 c'], notes: ['1 key-twice'] },
    ],
    [
      'stay where something of their record cannot be read',
      placed([record('2 c 1')], { unusable: new Set(['1', '9']), have: [there('1 a'), there('2 a:b')] }),
      { groups: ['1 a', '2 a:b'], notes: ['2 below-skipped 1'] },
    ],
    [
      'go when no record names them, but not while one below them stays',
      placed([record('2 b/c 1')], { have: [there('1 a'), there('2 a:b'), there('3 c')] }),
      { groups: ['1 a', '2 a:b'], notes: ['2 name-unfit b/c'] },
    ],
    [
      'stay for the reads that absence has to last, with what lies below',
      placed([record('2 b 1')], { have: [there('1 a')], lasting: new Set(['1']) }),
      { groups: ['1 a', '2 a:b'], notes: [] },
    ],
    [
      'are left out where the path would be too long',
      placed([record('1 aaaa'), record('2 bbbb 1'), record('3 c 2')], { longest: 8 }),
      { groups: ['1 aaaa'], notes: ['2 name-unfit aaaa:bbbb', '3 name-unfit aaaa:bbbb:c'] },
    ],
    [
      'include others, but none that is not there, and nobody themselves',
      placed(
        [
          record('1 a', { includes: ['2', '9', '1'] }),
          record('2 b', { includes: ['3'] }),
          record('3 c 1'),
          record('4 d', { includes: ['5'] }),
          record('5 e', { includes: ['4'] }),
        ],
        { have: [there('5 e', ['4'])] },
      ),
      {
        groups: ['1 a 2', '3 a:c', '2 b 3', '4 d', '5 e 4'],
        notes: ['1 include-cycle 1', '1 include-unknown 9', '4 include-cycle 5'],
      },
    ],
  ]

  it.each(cases)('%s', (_, found, expected) => {
    expect(found).toEqual(expected)
  })
})

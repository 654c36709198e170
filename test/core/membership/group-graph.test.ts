import { describe, expect, it } from '@jest/globals'
import fc from 'fast-check'
import { closureOf } from '../../../core/membership/group-graph.ts'
import { isKind, type ConfigObject } from '../../../core/model/config-object.ts'
import { group } from '../../support/builders.ts'
import { naiveClosure } from '../../support/naive-access.ts'

const names = ['a', 'a:b', 'a:b:c', 'd', 'd:e', 'f', 'g']

const edges = fc.array(fc.tuple(fc.constantFrom(...names), fc.constantFrom(...names)), { maxLength: 12 })

function groupsWith(includes: readonly (readonly [string, string])[]): ConfigObject<'Group'>[] {
  return names
    .map((name) => {
      const included = includes.filter(([upper]) => upper === name).map(([, lower]) => lower)
      return group(`astro/${name}`, { includes: included }).object
    })
    .filter((object) => isKind(object, 'Group'))
}

describe('the closure of groups', () => {
  it('holds each group, what lies below it and what it includes', () => {
    const closure = closureOf(
      groupsWith([
        ['a:b', 'd'],
        ['f', 'a'],
      ]),
    )

    expect([...(closure.get('f') ?? [])].sort()).toEqual(['a', 'a:b', 'a:b:c', 'd', 'd:e', 'f'])
    expect([...(closure.get('g') ?? [])]).toEqual(['g'])
  })

  it('ends where groups include each other', () => {
    const closure = closureOf(
      groupsWith([
        ['f', 'g'],
        ['g', 'f'],
      ]),
    )

    expect([...(closure.get('g') ?? [])].sort()).toEqual(['f', 'g'])
  })

  it('equals a naive search on random graphs, cycles among them', () => {
    fc.assert(
      fc.property(edges, (includes) => {
        const groups = groupsWith(includes)

        for (const [name, found] of closureOf(groups)) {
          expect([...found].sort()).toEqual([...naiveClosure(groups, name)].sort())
        }
      }),
      { numRuns: 500 },
    )
  })
})

import { describe, expect, test } from '@jest/globals'
import fc from 'fast-check'
import {
  isAbove,
  settleValue,
  type SettledValue,
  type ValueAside,
  type ValueInForce,
} from '../../../core/sources/settle-value.ts'
import type { JsonValue } from '../../../core/model/json.ts'

interface Standing {
  readonly held: ValueInForce | undefined
  readonly aside: readonly ValueAside[]
}

function apply({ held, aside }: Standing, settled: SettledValue): Standing {
  const asides = new Map(aside.map((one) => [one.source, one.value]))
  for (const { source, value } of settled.aside ?? []) {
    if (value === undefined) asides.delete(source)
    else asides.set(source, value)
  }
  return {
    held: settled.held === undefined ? held : settled.held === 'none' ? undefined : settled.held,
    aside: [...asides].map(([source, value]) => ({ source, value })),
  }
}

interface ValueCase {
  readonly standing: Standing
  readonly said: JsonValue | undefined
  readonly overwrite: boolean
  readonly then: Standing
}

const order = ['hr', 'github']
const run = (
  standing: Standing,
  ...[source, said, overwrite = false]: readonly [string, JsonValue | undefined, boolean?]
): Standing => apply(standing, settleValue({ ...standing, source, said, overwrite, order }))

const nothing: Standing = { held: undefined, aside: [] }
const by = (origin: string, value: JsonValue, source?: string): Standing => ({
  held: { value, origin, source },
  aside: [],
})

describe('what a source says of an attribute', () => {
  test.each<[string, ValueCase]>([
    [
      'is written where there is nothing',
      { standing: nothing, said: 'a', overwrite: false, then: by('sync', 'a', 'hr') },
    ],
    ['follows its own', { standing: by('sync', 'a', 'hr'), said: 'b', overwrite: false, then: by('sync', 'b', 'hr') }],
    ['clears its own', { standing: by('sync', 'a', 'hr'), said: undefined, overwrite: false, then: nothing }],
    [
      'leaves what a manager gave',
      { standing: by('manager', 'm'), said: 'a', overwrite: false, then: by('manager', 'm') },
    ],
    [
      'goes before what a manager gave, where it overwrites',
      { standing: by('manager', 'm'), said: 'a', overwrite: true, then: by('sync', 'a', 'hr') },
    ],
    [
      'clears nothing that others gave, where it overwrites',
      { standing: by('manager', 'm'), said: undefined, overwrite: true, then: by('manager', 'm') },
    ],
    [
      'leaves what git gives, where it overwrites',
      { standing: by('config', 'g'), said: 'a', overwrite: true, then: by('config', 'g') },
    ],
    [
      'leaves what made itself, where it overwrites',
      { standing: by('generated', 7), said: 8, overwrite: true, then: by('generated', 7) },
    ],
    [
      'takes over from a source that is no more',
      { standing: by('sync', 'x'), said: 'a', overwrite: false, then: by('sync', 'a', 'hr') },
    ],
  ])('%s', (_, { standing, said, overwrite, then }) => {
    expect(run(standing, 'hr', said, overwrite)).toEqual(then)
  })

  test('joins a list that somebody gave, and takes back only what it brought', () => {
    const joined = run(by('self', ['own', 'both']), 'hr', ['both', 'new', 'old'])
    const less = run(joined, 'hr', ['new'])

    expect([joined, less, run(less, 'hr', undefined)]).toEqual([
      {
        held: { value: ['own', 'both', 'new', 'old'], origin: 'self' },
        aside: [{ source: 'hr', value: ['new', 'old'] }],
      },
      { held: { value: ['own', 'both', 'new'], origin: 'self' }, aside: [{ source: 'hr', value: ['new'] }] },
      { held: { value: ['own', 'both'], origin: 'self' }, aside: [] },
    ])
  })

  test('of more authority holds, and what another says follows when it says nothing more', () => {
    const lower = run(nothing, 'github', 'g')
    const both = run(lower, 'hr', 'h')
    const gone = run(both, 'hr', undefined)

    expect([both, gone]).toEqual([
      { held: { value: 'h', origin: 'sync', source: 'hr' }, aside: [{ source: 'github', value: 'g' }] },
      { held: { value: 'g', origin: 'sync', source: 'github' }, aside: [] },
    ])
  })

  test('settles: further runs of the same sources change nothing, and the highest that says something holds', () => {
    const sources = ['hr', 'github', 'alpha', 'beta']
    const value = fc.option(fc.constantFrom<JsonValue>('a', 'b', 1), { nil: undefined })
    const history = fc.array(fc.record({ source: fc.constantFrom(...sources), said: value }), { maxLength: 12 })
    fc.assert(
      fc.property(
        history,
        fc.tuple(value, value, value, value),
        fc.shuffledSubarray(sources, { minLength: 4 }),
        (before, last, turns) => {
          const said = new Map(sources.map((source, index) => [source, last[index]]))
          const round = (standing: Standing): Standing =>
            turns.reduce((now, source) => run(now, source, said.get(source)), standing)
          const started = before.reduce((now, one) => run(now, one.source, one.said), nothing)

          const first = round(started)

          const again = round(first)
          const [highest] = sources
            .filter((one) => said.get(one) !== undefined)
            .sort((a, b) => (isAbove(a, b, order) ? -1 : 1))
          expect(again).toEqual(first)
          expect(first.held).toEqual(
            highest === undefined ? undefined : { value: said.get(highest), origin: 'sync', source: highest },
          )
        },
      ),
    )
  })

  test('is settled after one run, whatever there was', () => {
    const item = fc.constantFrom<JsonValue>('a', 'b', 'c')
    const value = fc.oneof(item, fc.uniqueArray(item))
    const standing = fc.record({
      held: fc.option(
        fc.record({
          value,
          origin: fc.constantFrom('sync', 'manager', 'self', 'application', 'config', 'generated'),
          source: fc.option(fc.constantFrom('hr', 'github'), { nil: undefined }),
        }),
        { nil: undefined },
      ),
      aside: fc.uniqueArray(fc.record({ source: fc.constantFrom('hr', 'github'), value }), {
        selector: (one) => one.source,
      }),
    })
    fc.assert(
      fc.property(standing, fc.option(value, { nil: undefined }), fc.boolean(), (before, said, overwrite) => {
        const after = run(before, 'hr', said, overwrite)

        expect(run(after, 'hr', said, overwrite)).toEqual(after)
      }),
    )
  })
})

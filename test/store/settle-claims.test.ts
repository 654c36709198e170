import { describe, expect, it } from '@jest/globals'
import fc from 'fast-check'
import { settleClaims, type Claiming } from '../../store/changes/values/settle-claims.ts'

/** A holder, and what it asks for: a value, or none any more. */
type Asked = readonly [holder: number, claim: string | undefined]

interface Standing {
  readonly claim: string | undefined
  readonly isGiven: boolean
  readonly holder: number
}

const names = ['ada', 'grace', 'root', 'linus']
/** What each of them has before: no two have the same. */
const had = ['1', '2', '3', '4']

const keyOf = (subject: number) => ({ attribute: 'member.badge', subject, object: 7 })

function claiming([subject, claim]: Asked): Claiming {
  const owner = claim === undefined ? -1 : had.indexOf(claim)
  const others = owner === -1 || owner === subject ? undefined : { name: names[owner] ?? '', key: keyOf(owner) }
  return { key: keyOf(subject), label: names[subject] ?? '', claim, owner: others, isRefused: false }
}

function settled(asked: readonly Asked[]) {
  const refused = settleClaims(asked.map(claiming))
  const standing = had.map((claim, holder): Standing => ({ claim, isGiven: false, holder }))
  for (const [place, [holder, claim]] of asked.entries())
    if (!refused.has(place)) standing[holder] = { claim, isGiven: true, holder }
  return { refused, standing }
}

const given = (who: string) => `"${who}" is given this value by the same call, and it is unique; choose another`
const kept = (who: string) => `"${who}" has or had this value, and it is unique; choose another`

describe('a batch of claims', () => {
  it.each<[string, Asked[], (string | undefined)[]]>([
    [
      'has it by a swap, before whom another asked in vain',
      [
        [2, '1'],
        [0, '2'],
        [1, '1'],
      ],
      [given('grace'), undefined, undefined],
    ],
    [
      'keeps it, as what they wanted instead stays with somebody else',
      [
        [2, '1'],
        [0, '4'],
        [1, '1'],
      ],
      [kept('ada'), kept('linus'), kept('ada')],
    ],
    [
      'asked first for it and can have it; whose last word that refuses has the one before',
      [
        [2, '9'],
        [3, '9'],
        [0, '4'],
        [3, '1'],
        [3, '9'],
      ],
      [undefined, given('root'), undefined, undefined, given('root')],
    ],
  ])('names whoever %s', (_, asked, messages) => {
    const { refused } = settled(asked)

    expect([...asked.keys()].map((place) => refused.get(place)?.message)).toEqual(messages)
  })

  it('gives nobody what somebody else has, and tells everybody who has it', () => {
    const anything = fc.tuple(fc.nat(3), fc.option(fc.constantFrom(...had, '8', '9'), { nil: undefined }))
    fc.assert(
      fc.property(fc.array(anything, { maxLength: 8 }), (asked) => {
        const { refused, standing } = settled(asked)

        const claims = standing.flatMap(({ claim }) => claim ?? [])
        expect(new Set(claims).size).toBe(claims.length)
        for (const [place, { message }] of refused) {
          const [owner] = standing.filter(({ claim }) => claim === asked[place]?.[1])
          const name = names[owner?.holder ?? -1] ?? 'nobody'
          expect(message).toBe(owner?.isGiven === true ? given(name) : kept(name))
        }
      }),
      { numRuns: 2000 },
    )
  })
})

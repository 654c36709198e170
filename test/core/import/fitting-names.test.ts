import { describe, expect, it } from '@jest/globals'
import fc from 'fast-check'
import { fittingName, noNames } from '../../../core/import/fitting-names.ts'
import { nameFault } from '../../../core/structure/name-fault.ts'

describe('the name that fits', () => {
  it.each([
    [
      ['hpc', 'HPC', 'hpc'],
      ['hpc', 'HPC-2', 'hpc-3'],
    ],
    [
      ['Télescope / nuit', '北'],
      ['Telescope-nuit', 'unnamed'],
    ],
    [
      ['res', '..', '', '.github'],
      ['res-2', 'unnamed', 'unnamed-2', '.github'],
    ],
    [['members'], ['members-2']],
    [
      ['x'.repeat(120), 'x'.repeat(100)],
      ['x'.repeat(100), `${'x'.repeat(98)}-2`],
    ],
  ])('of %j is %j', (texts, names) => {
    const given = noNames(['members'])

    expect(texts.map((text) => fittingName(text, given))).toEqual(names)
  })

  it('may always be had, is never given twice, and is the text itself where that may be had', () => {
    fc.assert(
      fc.property(
        fc.array(fc.oneof(fc.string({ unit: 'binary' }), fc.constantFrom('a', 'A', 'a-2', 'act'))),
        (texts) => {
          const given = noNames()
          const names = texts.map((text) => fittingName(text, given))

          expect(names.map((name) => nameFault(name))).toEqual(names.map(() => undefined))
          expect(new Set(names.map((name) => name.toLowerCase())).size).toBe(names.length)
          expect(fittingName('b', noNames())).toBe('b')
        },
      ),
    )
  })
})

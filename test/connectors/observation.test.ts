import { expect, it } from '@jest/globals'
import { createFindings } from '../../connectors/observation.ts'

it('of many drifts all are counted and the first hundred of each kind named', () => {
  const findings = createFindings()

  for (let number = 0; number < 1_000; number += 1) findings.drift('missing', `m${number}`)
  findings.drift('foreign', 'f')
  findings.same()
  const { same, counts, drifts } = findings.observation(3)

  expect({ same, counts }).toEqual({ same: 1, counts: { missing: 1_000, different: 0, surplus: 0, foreign: 1 } })
  expect(drifts).toHaveLength(101)
  expect(drifts[0]).toEqual({ kind: 'foreign', name: 'f' })
})

import { answerFaults } from '../../core/forms/check-answers.ts'
import { compileCheck } from '../../schemas/validate.ts'
import { evilPatterns, evilText, type EvilPattern } from '../support/hostile.ts'
import { timed, type Bench } from './measure.ts'

/** As long as an answer may be. */
const length = 20_000
const checksOfARound = 5

/** Answers on which engines that track back never end, against harmless ones of the same length to the same forms. */
export const formCheckBench: Bench = {
  name: 'form-check',
  goal: 2,
  prepare: async () => ({
    value: async () => timed(() => checkAll((evil) => evilText(evil, length))),
    // The same letters, without what ends them.
    baseline: async () => timed(() => checkAll(({ repeat }) => repeat.repeat(length).slice(0, length))),
    close: async () => undefined,
  }),
}

function checkAll(textFor: (evil: EvilPattern) => string): void {
  for (let round = 0; round < checksOfARound; round += 1) for (const evil of evilPatterns) check(evil, textFor(evil))
}

function check({ pattern }: EvilPattern, it: string): void {
  const faults = answerFaults({
    ...{ form: { items: [{ name: 'it', type: 'area', pattern }] }, answers: { it }, person: {} },
    ...{ conditions: { shownWhen: new Map(), autoWhen: undefined }, compileSchema: compileCheck },
    ...{ termsVersion: undefined, filled: new Map() },
  })
  if (faults.length > 1) throw new Error(`Expected one fault of ${pattern} at most, got ${faults.length}`)
}

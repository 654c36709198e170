import { placeOf, type MadeDelegation } from '../../api/acts/delegations.ts'
import { lastDayBefore } from '../../core/lifecycle/calendar.ts'
import type { ActContext } from '../../api/acts/act.ts'
import { actContext } from '../acts/act-context.ts'
import { attempt, type Attempt } from '../acts/attempt.ts'
import { printAnswers, refusalJson } from '../acts/print-answers.ts'
import type { CommonOptions } from '../command.ts'
import type { Shell } from '../shell.ts'
import { withState } from '../system/state.ts'

/** Somebody who is to stand in for another. */
export interface Asked extends Pick<MadeDelegation, 'application' | 'delegate' | 'delegator' | 'vo'> {
  readonly make: (context: ActContext) => Promise<MadeDelegation>
}

type Answer = Omit<Asked, 'make'> & Attempt<MadeDelegation>

/** Lets people stand in for others, and says what came of it. */
export async function addDelegations(
  shell: Shell,
  options: CommonOptions,
  { asked, isStream }: { readonly asked: readonly Asked[]; readonly isStream: boolean },
): Promise<void> {
  const answers = await withState(shell, options, async (open) => {
    const context = actContext(shell, open)
    const done: Answer[] = []
    for (const { make, ...people } of asked) done.push({ ...people, ...(await attempt(() => make(context))) })
    return done
  })
  printAnswers(shell, options, {
    ...{ answers, isStream, key: 'delegations', text: () => textOf(answers) },
    refusal: (answer) => ('error' in answer ? answer.error : undefined),
    json: ({ delegator, delegate, vo, application, ...rest }, refused) => {
      const named = { delegator, delegate, vo, application }
      if ('error' in rest) return { ...named, ...(refused === undefined ? {} : refusalJson(refused)) }
      return { delegation: rest.delegation, ...named, from: rest.from, until: rest.until }
    },
  })
}

function textOf(answers: readonly Answer[]): string {
  const lines = answers.map((answer) => {
    const { delegator, delegate } = answer
    if ('error' in answer) return `${delegate} for ${delegator}: refused, ${answer.error.message}`
    const { delegation, from, until } = answer
    return `${delegate} stands in for ${delegator} in ${placeOf(answer)} from ${from} on${until === null ? '' : `, the last day is ${lastDayBefore(until)}`} (delegation ${delegation})`
  })
  return `${lines.join('\n')}\n`
}

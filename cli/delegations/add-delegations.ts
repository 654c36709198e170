import { GuildhallError } from '../../core/errors.ts'
import type { DelegationAnswer, DelegationRequest } from '../../store/index.ts'
import { actingAs } from '../../api/acts/acting-as.ts'
import { printAnswers, refusalJson } from '../acts/print-answers.ts'
import type { CommonOptions } from '../command.ts'
import type { Shell } from '../shell.ts'
import { withState } from '../system/state.ts'
import { whereOf } from './delegations-text.ts'

interface Adding {
  readonly requests: readonly DelegationRequest[]
  /** Whether they came as lines. */
  readonly isStream: boolean
  readonly as: string | undefined
}

/** Lets people stand in for others, and says what came of it. */
export async function addDelegations(
  shell: Shell,
  options: CommonOptions,
  { requests, isStream, as }: Adding,
): Promise<void> {
  const input = { requests, now: shell.now(), ...actingAs(shell, as) }
  const answers = await withState(shell, options, ({ store, pool }) =>
    store.inTransaction(pool, (tx) => store.addDelegations(tx, input), store.asAct),
  )
  const placed = answers.map((answer, index): Placed => {
    const { vo = null, application = null } = requests[index] ?? {}
    return { ...answer, vo, application }
  })
  printAnswers(shell, options, {
    ...{ answers: placed, isStream, key: 'delegations', text: () => textOf(placed) },
    refusal: (answer) => ('refused' in answer ? refusal(answer) : undefined),
    json: (answer, refused) => {
      const { delegator, delegate, vo, application } = answer
      const named = { delegator, delegate, vo, application }
      if ('refused' in answer) return { ...named, ...(refused === undefined ? {} : refusalJson(refused)) }
      return { delegation: answer.delegation, ...named, from: answer.from, until: answer.until }
    },
  })
}

type Placed = DelegationAnswer & { readonly vo: string | null; readonly application: number | null }

function refusal(answer: Extract<Placed, { readonly refused: object }>): GuildhallError {
  const { delegator, delegate, refused } = answer
  return new GuildhallError(
    'DELEGATION_REFUSED',
    `Cannot let "${delegate}" stand in for "${delegator}" in ${whereOf(answer)}: ${refused.message}`,
    { facts: { delegator, delegate, reason: refused.reason } },
  )
}

function textOf(answers: readonly Placed[]): string {
  const lines = answers.map((answer) => {
    const { delegator, delegate } = answer
    if ('refused' in answer) return `${delegate} for ${delegator}: refused, ${answer.refused.message}`
    const { delegation, from, until } = answer
    return `${delegate} stands in for ${delegator} in ${whereOf(answer)} from ${from}${until === null ? '' : ` until ${until}`} (delegation ${delegation})`
  })
  return `${lines.join('\n')}\n`
}

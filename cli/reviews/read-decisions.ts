import { showValue } from '../../core/model/show-value.ts'
import type { ReviewDecision } from '../../core/reviews/decision.ts'
import type { DecisionOn } from '../../store/index.ts'
import { isRef } from '../lines/identity.ts'
import { readObjects, type LineObject } from '../lines/read-objects.ts'
import { expectedWords, isWords } from '../lines/words.ts'

const form =
  'expected an object such as {"user": "idp/ada", "decision": "keep"} or {"user": "idp/guest", "decision": "transfer", "to": "idp/grace"}'
const decisions: readonly ReviewDecision[] = ['keep', 'remove', 'transfer']

/** Reads decisions from standard input, an object a line; what a line gives no reason for has the usual one. */
export async function readDecisions(input: AsyncIterable<Uint8Array>, usual: string): Promise<DecisionOn[]> {
  const keys = ['user', 'decision', 'to', 'reason']
  return readObjects(input, { form, keys, read: (line) => readDecision(line, usual) })
}

function readDecision(line: LineObject, usual: string): DecisionOn | string {
  const { user, reason } = line
  if (!isRef(user)) return `user: expected an identity such as "idp/ada", got ${showValue(user ?? null)}`
  const said = readSaid(line)
  if (typeof said === 'string') return said
  if (reason === undefined) return { user, ...said, reason: usual }
  if (isWords(reason)) return { user, ...said, reason }
  return expectedWords('reason', 'expected words such as "left the project"', reason)
}

function readSaid({ decision, to }: LineObject): Pick<DecisionOn, 'decision' | 'to'> | string {
  const decided = decisions.find((one) => one === decision)
  if (decided === undefined) return `decision: expected ${decisions.join(', ')}, got ${showValue(decision ?? null)}`
  if (decided === 'transfer' && isRef(to)) return { decision: decided, to }
  if (decided !== 'transfer' && to === undefined) return { decision: decided }
  return `to: expected the sponsor who takes over, with "transfer" alone, got ${showValue(to ?? null)}`
}

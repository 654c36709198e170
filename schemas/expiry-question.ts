import { explain } from './explain.ts'
import type { Fault } from './fault.ts'
import type { ExpiryQuestion } from './generated/cli.ts'
import { ownSchemas, readSchema } from './own-schemas.ts'

/** A question, or what is wrong with it. */
export type ReadQuestion =
  | { readonly kind: 'question'; readonly question: ExpiryQuestion }
  | { readonly kind: 'faulty'; readonly faults: readonly Fault[] }

const isQuestion = ownSchemas.compile<ExpiryQuestion>(readSchema('cli/expiry-question'))

/** Takes a plain value for a question of `guildhall expiry preview`; whether its days are in the calendar is not looked at. */
export function readExpiryQuestion(value: unknown): ReadQuestion {
  if (isQuestion(value)) return { kind: 'question', question: value }
  return { kind: 'faulty', faults: explain(isQuestion.errors ?? [], { value }) }
}

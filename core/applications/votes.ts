import type { ApprovalStep, FormSpec } from '../../schemas/generated/config.ts'

/** An approval that somebody gave. */
export interface Vote {
  readonly person: number
  /** The step it was given in, from 0 on. */
  readonly step: number
}

/** Where the approval of an application stands. */
export type Tally =
  | { readonly kind: 'complete' }
  | {
      readonly kind: 'step'
      /** From 0 on. */
      readonly step: number
      readonly approvals: number
      readonly quorum: number
    }

/** Without steps of its own a form has one: any of the managers. */
const usualSteps: readonly ApprovalStep[] = [{ by: 'managers', quorum: 1 }]

/** Lists the steps by which applications with a form are approved. */
export function stepsOf({ approval }: Pick<FormSpec, 'approval'>): readonly ApprovalStep[] {
  return approval?.steps ?? usualSteps
}

/** Counts the approvals of each step after the other; a person counts once, in the first step they approved in. */
export function tally(steps: readonly ApprovalStep[], votes: readonly Vote[]): Tally {
  const counted = new Set<number>()
  for (const [step, { quorum = 1 }] of steps.entries()) {
    let approvals = 0
    for (const vote of votes) {
      if (vote.step !== step || counted.has(vote.person)) continue
      counted.add(vote.person)
      approvals += 1
    }
    if (approvals < quorum) return { kind: 'step', step, approvals, quorum }
  }
  return { kind: 'complete' }
}

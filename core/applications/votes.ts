import type { ApprovalStep, FormSpec } from '../../schemas/generated/config.ts'

/** Who decides, and for whom where it is not for themselves. */
export interface Voter {
  readonly person: number
  readonly standsFor?: number | undefined
}

/** An approval that somebody gave. */
export interface Vote extends Voter {
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

/** Tells whether two approvals are of the same human: by themselves, or by or as whoever one stands in for. */
export function isSameVoter(one: Voter, other: Voter): boolean {
  const people = new Set(peopleOf(one))
  return peopleOf(other).some((person) => people.has(person))
}

function peopleOf({ person, standsFor = person }: Voter): number[] {
  return [person, standsFor]
}

/** Counts the approvals of each step after the other; nobody counts twice, neither by themselves nor by another. */
export function tally(steps: readonly ApprovalStep[], votes: readonly Vote[]): Tally {
  const counted: Vote[] = []
  for (const [step, { quorum = 1 }] of steps.entries()) {
    let approvals = 0
    for (const vote of votes) {
      if (vote.step !== step || counted.some((other) => isSameVoter(vote, other))) continue
      counted.push(vote)
      approvals += 1
    }
    if (approvals < quorum) return { kind: 'step', step, approvals, quorum }
  }
  return { kind: 'complete' }
}

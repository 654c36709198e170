/** What a reviewer says of a person: they stay, they go, or another sponsor answers for them. */
export type ReviewDecision = 'keep' | 'remove' | 'transfer'

/** What becomes of those about whom nobody decided. */
export type Unanswered = Exclude<ReviewDecision, 'transfer'>

/** Who reviews: everybody who is named for a role in the documents of what is reviewed, somebody, or a group. */
export type Reviewer = { readonly role: ReviewerRole } | { readonly user: string } | { readonly group: string }

/** Roles whose holders may be asked to review. */
export type ReviewerRole = 'managers' | 'membershipManagers' | 'sponsors'

/** As what somebody may decide; a sponsor only about guests of their own. */
export interface ReviewRole {
  readonly role: string
  readonly onlyGuests: boolean
}

/** Somebody who decides about a person in a review. */
export interface DecisionQuestion {
  readonly decision: ReviewDecision
  /** Undefined for the system's own user, who may decide about anybody. */
  readonly reviewer: ReviewerStanding | undefined
  readonly isGuest: boolean
  /** Of `transfer`: whether who takes over may sponsor. */
  readonly isSponsor: boolean
}

/** How a reviewer stands to whom they decide about. */
export interface ReviewerStanding {
  readonly roles: readonly ReviewRole[]
  readonly isOneself: boolean
  /** Of a service account. */
  readonly isOwner: boolean
  /** Whether the reviewer answers for the guest. */
  readonly answersFor: boolean
}

/** Why somebody may not decide; stable words. */
export type DecisionRefusal =
  'not-a-guest' | 'not-a-sponsor' | 'not-eligible' | 'own-account' | 'own-guest' | 'own-review'

/** As what the decision is taken, or why it is none. */
export type DecisionVerdict =
  | { readonly allowed: true; readonly role: string }
  | { readonly allowed: false; readonly reason: DecisionRefusal; readonly message: string }

/**
 * Decides whether a decision of a review counts, the same when it is taken and when the review is closed. Nobody reviews
 * themselves or a service account of their own, and guests of their own only where the review asks the sponsors.
 */
export function judgeDecision(question: DecisionQuestion): DecisionVerdict {
  const { decision, reviewer, isGuest, isSponsor } = question
  if (decision === 'transfer' && !isGuest)
    return refused('not-a-guest', 'no sponsor answers for them; keep or remove them instead')
  if (decision === 'transfer' && !isSponsor)
    return refused('not-a-sponsor', 'whoever takes over the guest has to be another one of the sponsors of the VO')
  return reviewer === undefined ? { allowed: true, role: 'operator' } : judgeReviewer(reviewer)
}

function judgeReviewer({ roles, isOneself, isOwner, answersFor }: ReviewerStanding): DecisionVerdict {
  if (roles.length === 0) return refused('not-eligible', 'expected one of the reviewers, or an admin of the instance')
  if (isOneself) return refused('own-review', 'nobody reviews themselves; another reviewer has to')
  if (isOwner) return refused('own-account', 'nobody reviews a service account of their own; another reviewer has to')
  const role = roles.find(({ onlyGuests }) => onlyGuests === answersFor)
  if (role !== undefined) return { allowed: true, role: role.role }
  return answersFor
    ? refused(
        'own-guest',
        'they are a guest of the reviewer, and the review does not ask sponsors; another reviewer has to',
      )
    : refused('not-eligible', 'a sponsor reviews only guests of their own')
}

function refused(reason: DecisionRefusal, message: string): DecisionVerdict {
  return { allowed: false, reason, message }
}

import { GuildhallError } from '../../core/errors.ts'
import type { Person, State } from '../../core/model/state.ts'
import { findPerson, mayApprove, type ApprovalCase } from '../../core/policy/may-approve.ts'

interface Wish {
  readonly identity: string
  readonly verb: 'approve' | 'reject'
}

/** Finds the person in whose name a hold is approved or rejected; refuses whoever may not. */
export function requireEligible(state: State, { identity, verb, ...held }: ApprovalCase & Wish): Person {
  const person = findPerson(state, identity)
  if (person === undefined) {
    throw new GuildhallError(
      'IDENTITY_UNKNOWN',
      `Cannot ${verb} as "${identity}": nobody has this identity; expected one such as "idp/ada"`,
      {
        facts: { identity },
      },
    )
  }
  if (mayApprove(state, person, held)) return person
  throw new GuildhallError(
    'APPROVER_NOT_ELIGIBLE',
    `Cannot ${verb} the hold of "${held.scope}" as "${identity}": expected an admin of the instance, a manager of the VO, or a manager of the only facility it is about`,
    { facts: { identity, scope: held.scope } },
  )
}

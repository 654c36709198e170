import { GuildhallError } from '../../core/errors.ts'
import type { Scope } from '../../core/model/scope.ts'
import type { Person, State } from '../../core/model/state.ts'
import { findPerson, mayApprove, type ApprovalCase } from '../../core/policy/may-approve.ts'

/** Finds the person in whose name a hold is approved; refuses whoever may not. */
export function requireEligible(
  state: State,
  { identity, ...held }: ApprovalCase & { readonly identity: string; readonly scope: Scope },
): Person {
  const person = findPerson(state, identity)
  if (person === undefined) {
    throw new GuildhallError(
      'IDENTITY_UNKNOWN',
      `Cannot approve as "${identity}": nobody has this identity; expected one such as "idp/ada"`,
      {
        facts: { identity },
      },
    )
  }
  if (mayApprove(state, person, held)) return person
  throw new GuildhallError(
    'APPROVER_NOT_ELIGIBLE',
    `Cannot approve the hold of "${held.scope}" as "${identity}": expected an admin of the instance, a manager of the VO, or a manager of the only facility it is about`,
    { facts: { identity, scope: held.scope } },
  )
}

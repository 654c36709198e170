import type { Manager } from '../../schemas/generated/config.ts'
import { membersGroup, parseGroup } from '../config/references.ts'
import { closureOf } from '../membership/group-graph.ts'
import { isKind, type StoredObject } from '../model/config-object.ts'
import type { GuardReason } from '../model/plan.ts'
import { voOfScope, type Scope } from '../model/scope.ts'
import type { IdentityRef, Person, State, UserId } from '../model/state.ts'

/** What has to be approved: a held scope and why it is held. */
export interface ApprovalCase {
  readonly scope: Scope
  readonly reasons: readonly GuardReason[]
}

/** Tells whether a person may approve a hold: an admin any, a VO's manager the VO's, a facility's manager what is about that facility alone. */
export function mayApprove(state: State, person: Person, held: ApprovalCase): boolean {
  return approversOf(state, held).has(person.id)
}

/** Names all who may approve a hold. */
export function approversOf(state: State, { scope, reasons }: ApprovalCase): ReadonlySet<UserId> {
  const vo = voOfScope(scope)
  const admins = state.objects.flatMap((object) =>
    isKind(object, 'Instance') ? peopleIn(state, object.spec.admins) : [],
  )
  const managers = state.objects.flatMap((object) =>
    isKind(object, 'VO') && object.name === vo ? peopleIn(state, object.spec.managers, vo) : [],
  )
  return new Set([...admins, ...managers, ...managersOfFacility(state, reasons)])
}

/** Who manages each of the facilities that all the reasons are about. */
function managersOfFacility(state: State, reasons: readonly GuardReason[]): UserId[] {
  const subjects = [...new Set(reasons.map(({ subject }) => subject))]
  const managers = subjects.map((subject) =>
    state.objects.flatMap((object) =>
      isKind(object, 'Facility') && subject === `facility ${object.name}` ? peopleIn(state, object.spec.managers) : [],
    ),
  )
  const [first = [], ...others] = managers
  return first.filter((person) => others.every((people) => people.includes(person)))
}

/** The people whom managers name; a short group reference is of the VO. */
function peopleIn(state: State, managers: readonly Manager[] = [], vo?: string): UserId[] {
  return managers.flatMap((manager) => {
    if ('user' in manager)
      return state.people.filter(({ identities }) => identities.includes(manager.user)).map(({ id }) => id)
    const group = parseGroup(manager.group, vo)
    return group === undefined ? [] : validMembers(state, { vo: group.vo, group: group.name })
  })
}

interface GroupOfVo {
  readonly vo: string
  readonly group: string
}

function validMembers(state: State, { vo, group }: GroupOfVo): UserId[] {
  const members = state.members.flatMap((member) =>
    member.vo === vo && member.status === 'VALID' ? [member.user] : [],
  )
  if (group === membersGroup) return members
  const groups = state.objects.filter(
    (object): object is StoredObject<'Group'> => isKind(object, 'Group') && object.vo === vo,
  )
  const counted = closureOf(groups).get(group)
  const inGroup = new Set(
    state.rows.flatMap((row) =>
      row.vo === vo && row.status === 'VALID' && counted?.has(row.group ?? '') === true ? [row.user] : [],
    ),
  )
  return members.filter((user) => inGroup.has(user))
}

/** Finds the person an identity belongs to. */
export function findPerson(state: State, identity: IdentityRef): Person | undefined {
  return state.people.find(({ identities }) => identities.includes(identity))
}

import type { Manager } from '../../schemas/generated/config.ts'
import { membersGroup, parseGroup } from '../config/references.ts'
import { closureOf } from '../membership/group-graph.ts'
import { isKind, type StoredObject } from '../model/config-object.ts'
import type { GuardReason } from '../model/plan.ts'
import { voOfScope, type Scope } from '../model/scope.ts'
import type { IdentityRef, Person, State } from '../model/state.ts'

/** What has to be approved: a held scope and why it is held. */
export interface ApprovalCase {
  readonly scope: Scope
  readonly reasons: readonly GuardReason[]
}

/** Tells whether a person may approve a hold: an admin any, a VO's manager the VO's, a facility's manager what is about that facility alone. */
export function mayApprove(state: State, person: Person, held: ApprovalCase): boolean {
  const manages = (managers: readonly Manager[] | undefined, vo?: string): boolean =>
    (managers ?? []).some((manager) => isAmong(state, person, { manager, ...(vo === undefined ? {} : { vo }) }))

  const admins = state.objects.flatMap((object) => (isKind(object, 'Instance') ? (object.spec.admins ?? []) : []))
  if (manages(admins)) return true
  const vo = voOfScope(held.scope)
  if (vo !== undefined && state.objects.some((object) => isVo(object, vo) && manages(object.spec.managers, vo)))
    return true
  return held.reasons.length > 0 && held.reasons.every(({ subject }) => managesFacility(state, subject, manages))
}

function isVo(object: StoredObject, name: string): object is StoredObject<'VO'> {
  return isKind(object, 'VO') && object.name === name
}

function managesFacility(
  state: State,
  subject: string,
  manages: (managers: readonly Manager[] | undefined) => boolean,
): boolean {
  return state.objects.some(
    (object) => isKind(object, 'Facility') && subject === `facility ${object.name}` && manages(object.spec.managers),
  )
}

interface Reference {
  readonly manager: Manager
  /** The VO a short group reference is of. */
  readonly vo?: string
}

function isAmong(state: State, person: Person, { manager, vo }: Reference): boolean {
  if ('user' in manager) return person.identities.includes(manager.user)
  const group = parseGroup(manager.group, vo)
  return group !== undefined && isValidMember(state, person, { vo: group.vo, group: group.name })
}

interface GroupOfVo {
  readonly vo: string
  readonly group: string
}

function isValidMember(state: State, { id }: Person, { vo, group }: GroupOfVo): boolean {
  const isVoMember = state.members.some((member) => member.vo === vo && member.user === id && member.status === 'VALID')
  if (!isVoMember || group === membersGroup) return isVoMember
  const groups = state.objects.filter(
    (object): object is StoredObject<'Group'> => isKind(object, 'Group') && object.vo === vo,
  )
  const counted = closureOf(groups).get(group)
  return state.rows.some(
    (row) => row.vo === vo && row.user === id && row.status === 'VALID' && counted?.has(row.group ?? '') === true,
  )
}

/** Finds the person an identity belongs to. */
export function findPerson(state: State, identity: IdentityRef): Person | undefined {
  return state.people.find(({ identities }) => identities.includes(identity))
}

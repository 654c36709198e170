import { flatFields } from '../../flat-fields.ts'
import type { JsonMembers } from '../../https/json.ts'
import { hasMembers } from '../../https/json.ts'
import type { SourceRecord } from '../../source.ts'
import { recordOf } from '../../source-records.ts'

const ofMembership = ['membership', 'voot_membership_role']

/** Makes a record of somebody in a group: their own fields, the group's after `group.`, and `role`. */
export function recordOfMember(member: JsonMembers, group: JsonMembers): SourceRecord {
  const { membership, voot_membership_role: older } = member
  const role = hasMembers(membership) ? membership['basic'] : older
  const itself = Object.fromEntries(Object.entries(group).filter(([name]) => !ofMembership.includes(name)))
  return recordOf(
    flatFields(
      { ...member, group: itself, role },
      { nameOf: (name) => (ofMembership.includes(name) ? undefined : name) },
    ),
  )
}

import { flatFields } from '../../flat-fields.ts'
import type { JsonMembers } from '../../https/json.ts'
import type { SourceRecord } from '../../source.ts'
import { recordOf } from '../../source-records.ts'
import type { ScimGroup } from './groups.ts'

/**
 * Makes a record of a user: `name.familyName`, `emails.value` with the primary one first, and the attributes of an extension by its
 * short name, such as `enterprise.department`. Groups that were read take the place of those that the user's resource names.
 */
export function recordOfUser(user: JsonMembers, groups: readonly ScimGroup[] | undefined): SourceRecord {
  return recordOf(flatFields(groups === undefined ? user : { ...user, groups }, { nameOf: fieldOf }))
}

const extension = /^urn:(?:.*:)?extension:([^:]+):/i

function fieldOf(member: string): string | undefined {
  if (member === 'schemas') return undefined
  return extension.exec(member)?.[1] ?? member
}

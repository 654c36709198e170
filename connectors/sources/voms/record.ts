import { flatFields } from '../../flat-fields.ts'
import { asObjects } from '../../https/json.ts'
import type { JsonMembers } from '../../https/json.ts'
import type { SourceRecord } from '../../source.ts'
import { recordOf } from '../../source-records.ts'
import { parseFqan } from './fqan.ts'

const madeOver = ['certificates', 'fqans', 'attributes']

/** Makes a record of a member: usable certificates apart from suspended ones, and FQANs as groups, paths and roles. */
export function recordOfUser(user: JsonMembers): SourceRecord {
  const certificates = asObjects(user['certificates'] ?? []) ?? []
  const usable = certificates.filter(({ suspended }) => suspended !== true)
  const fqans = fqansOf(user).flatMap((text) => parseFqan(text) ?? [])
  const itself = Object.fromEntries(Object.entries(user).filter(([name]) => !madeOver.includes(name)))
  return recordOf(
    flatFields({
      ...itself,
      dn: usable.map(({ subjectString }) => subjectString),
      ca: usable.map(({ issuerString }) => issuerString),
      'dn.suspended': certificates.filter((each) => !usable.includes(each)).map(({ subjectString }) => subjectString),
      fqan: unique(fqans.map(({ text }) => text)),
      group: unique(fqans.map(({ group }) => group)),
      path: unique(fqans.map(({ path }) => path.join(':'))),
      role: unique(fqans.flatMap(({ role }) => role ?? [])),
      attributes: Object.fromEntries(attributesOf(user)),
    }),
  )
}

/** The FQANs of a member as VOMS-Admin writes them. */
export function fqansOf({ fqans }: JsonMembers): readonly string[] {
  const listed: readonly unknown[] = Array.isArray(fqans) ? fqans : []
  return listed.filter((fqan) => typeof fqan === 'string')
}

function attributesOf({ attributes }: JsonMembers): readonly (readonly [string, unknown])[] {
  return (asObjects(attributes ?? []) ?? []).map(({ name, value }) => [String(name), value])
}

function unique(texts: readonly string[]): readonly string[] {
  return [...new Set(texts)]
}

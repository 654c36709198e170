import type { Finding } from '../../model/finding.ts'
import { assignments } from '../assignments.ts'
import { errorAt, unknownAt, type Catalog, type Entry } from '../catalog.ts'
import type { Path, ReadDocument } from '../document.ts'
import { baseOf } from '../base-of.ts'
import { membersGroup, parseGroup } from '../references.ts'
import { approversIn, rolesIn, type ApproverAt, type Role } from '../roles.ts'

interface Mention {
  readonly reference: string
  readonly path: Path
  /** Managers may be a group of any VO; what is included or assigned is of the same one. */
  readonly as: 'manager' | 'include' | 'assignment'
}

/** Every group that is named is declared, and is one that may be named there. */
export function unknownGroups(catalog: Catalog): Finding[] {
  return catalog.all.flatMap((entry) => mentionsIn(entry).flatMap((mention) => mentionFault(catalog, entry, mention)))
}

function mentionFault(catalog: Catalog, entry: ReadDocument, mention: Mention): Finding[] {
  const { path, reference } = mention
  const own = voOf(entry)
  const group = parseGroup(reference, own)
  if (group === undefined) {
    const message = `expected a group with its VO such as "astro/board", got "${reference}"`
    return [errorAt(entry, { code: 'value-invalid', message, path })]
  }
  if (mention.as !== 'manager' && group.vo !== own) {
    const message = `expected a group of VO "${own ?? ''}", got "${reference}" of another`
    return [errorAt(entry, { code: 'value-invalid', message, path })]
  }
  if (group.name === membersGroup) return membersFault(catalog, entry, { ...mention, vo: group.vo })
  if (catalog.has({ kind: 'Group', vo: group.vo, name: group.name })) return []
  if (baseOf(catalog, group) !== undefined) return []
  // The VO itself is the mistake, and is reported, when it stands in the document's own metadata.
  if (group.vo === own && !catalog.has({ kind: 'VO', name: group.vo })) return []
  const known = catalog.names('Group', group.vo)
  return [unknownAt(entry, { path, what: 'group', within: `VO "${group.vo}"`, name: group.name, known })]
}

function membersFault(catalog: Catalog, entry: ReadDocument, mention: Mention & { readonly vo: string }): Finding[] {
  if (mention.as === 'include') {
    const message = 'the group "members" cannot be included: it already holds every member of the VO'
    return [errorAt(entry, { code: 'name-unsafe', message, path: mention.path })]
  }
  if (catalog.has({ kind: 'VO', name: mention.vo }) || mention.vo === voOf(entry)) return []
  return [unknownAt(entry, { path: mention.path, what: 'VO', name: mention.vo, known: catalog.names('VO') })]
}

function voOf({ document }: ReadDocument): string | undefined {
  return document.kind === 'VO' ? document.metadata.name : document.metadata.vo
}

function mentionsIn({ document }: ReadDocument): Mention[] {
  const held = rolesIn(document).flatMap(mentionsOf)
  if (document.kind === 'Form') return approversIn(document).flatMap(approvingGroup)
  if (document.kind === 'Group') return [...held, ...includesIn(document.spec.includes)]
  return document.kind === 'Resource' ? [...held, ...assignedIn(document)] : held
}

function approvingGroup({ holder, path }: ApproverAt): Mention[] {
  return 'group' in holder ? [{ reference: holder.group, path: [...path, 'group'], as: 'manager' }] : []
}

function mentionsOf({ key, holders }: Role): Mention[] {
  return holders.flatMap((holder, index): Mention[] =>
    'group' in holder ? [{ reference: holder.group, path: ['spec', key, index, 'group'], as: 'manager' }] : [],
  )
}

function includesIn(includes: readonly string[] | undefined): Mention[] {
  return (includes ?? []).map((reference, index) => ({ reference, path: ['spec', 'includes', index], as: 'include' }))
}

function assignedIn({ spec }: Entry<'Resource'>['document']): Mention[] {
  return assignments(spec).map(({ group }, index) => ({
    reference: group,
    path: typeof spec.groups?.[index] === 'string' ? ['spec', 'groups', index] : ['spec', 'groups', index, 'group'],
    as: 'assignment',
  }))
}

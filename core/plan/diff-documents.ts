import { isEqual } from '../model/equal.ts'
import type { ConfigObject } from '../model/config-object.ts'
import type { DocumentChange } from '../model/plan.ts'
import { scopeOf } from '../model/scope.ts'
import type { ObjectPair } from './pair-objects.ts'

/** Lists what happens to documents; a pair without a difference gives nothing. */
export function diffDocuments(pairs: readonly ObjectPair[]): DocumentChange[] {
  return pairs.flatMap((pair) => diffPair(pair) ?? [])
}

function diffPair({ have, want }: ObjectPair): DocumentChange | undefined {
  if (want === undefined) {
    return have === undefined ? undefined : { action: 'remove', have, fields: [], at: have.at, ...identityOf(have) }
  }
  if (have === undefined) return { action: 'add', want, fields: [], at: want.at, ...identityOf(want) }
  const fields = differingFields(have, want)
  const isMoved = have.name !== want.name || have.vo !== want.vo
  if (!isMoved && fields.length === 0) return undefined
  return { action: isMoved ? 'move' : 'change', have, want, fields, at: want.at, ...identityOf(want) }
}

function identityOf(object: ConfigObject): Pick<DocumentChange, 'scope' | 'kind' | 'vo' | 'name'> {
  const { kind, name, vo } = object
  return { scope: scopeOf(object), kind, name, ...(vo === undefined ? {} : { vo }) }
}

/** Names the keys whose value differs: those under spec, `title`, `description`, and `members` for who names the members. */
function differingFields(have: ConfigObject, want: ConfigObject): string[] {
  if (have.spec === want.spec && have.title === want.title && have.description === want.description) {
    return have.governsMembers === want.governsMembers ? [] : ['members']
  }
  const fields = isEqual(have.spec, want.spec) ? [] : differingKeys(have.spec, want.spec)
  if (have.title !== want.title) fields.push('title')
  if (have.description !== want.description) fields.push('description')
  if (have.governsMembers !== want.governsMembers) fields.push('members')
  return fields.sort()
}

function differingKeys(have: object, want: object): string[] {
  const before = new Map<string, unknown>(Object.entries(have))
  const after = new Map<string, unknown>(Object.entries(want))
  const keys = new Set([...before.keys(), ...after.keys()])
  return [...keys].filter((key) => !isEqual(before.get(key), after.get(key)))
}

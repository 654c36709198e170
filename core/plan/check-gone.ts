import { inSmallLetters } from '../attributes/unique-key.ts'
import { rolesIn } from '../config/roles.ts'
import { isKind, type DesiredObject } from '../model/config-object.ts'
import type { Finding, Position } from '../model/finding.ts'
import type { JsonValue } from '../model/json.ts'
import { scopeOf, type Scope } from '../model/scope.ts'
import type { IdentityRef, UserId } from '../model/state.ts'
import type { Draft } from './draft.ts'
import { sha256 } from './sha256.ts'

/** Finds what a commit gives to somebody else that belongs to people who are gone: their logins, and whoever was erased. */
export function checkGone(draft: Draft): Finding[] {
  const erased = erasedIdentities(draft)
  return [...erased, ...retiredValues(draft).filter((retired) => erased.every(({ at }) => at !== retired.at))]
}

function retiredValues(draft: Draft): Finding[] {
  const documents = draft.documentChanges.flatMap(({ want }) =>
    want !== undefined && isKind(want, 'User') ? [want] : [],
  )
  const owners = documents.length === 0 ? new Map<string, UserId>() : ownersOfRetired(draft)
  if (owners.size === 0) return []
  return documents.flatMap((document) =>
    Object.entries(document.spec.attributes ?? {}).flatMap(([bare, value]): Finding[] => {
      const name = bare.includes('.') ? bare : `user.${bare}`
      const owner = owners.get(`${name} ${hashOfValue(value)}`)
      const person = draft.people.find(document.spec.identities[0] ?? '')
      if (owner === undefined || (person !== undefined && draft.people.ids[person] === owner)) return []
      const message = `User "${document.name}" cannot have ${name} ${JSON.stringify(value)}: somebody who is gone had it, and it is never given to anybody else; choose another`
      return [
        {
          ...{ severity: 'error', code: 'duplicate', message },
          ...{ at: document.at, path: `spec.attributes.${bare}`, scope: scopeOf(document) },
        },
      ]
    }),
  )
}

/** By attribute and hash: those who are gone already, and those whose documents go with this commit. */
function ownersOfRetired({ state, documentChanges, people }: Draft): Map<string, UserId> {
  const owners = new Map(state.gone.values.map(({ attribute, hash, user }) => [`${attribute} ${hash}`, user]))
  const leaving = documentChanges.flatMap(({ action, have }) =>
    action === 'remove' && have !== undefined && isKind(have, 'User') ? [have.spec] : [],
  )
  for (const { attributes = {}, identities } of leaving) {
    const login = attributes['login'] ?? attributes['user.login']
    const user = people.ids[people.find(identities[0] ?? '') ?? -1]
    if (login !== undefined && user !== undefined) owners.set(`user.login ${hashOfValue(login)}`, user)
  }
  return owners
}

/** Hashes a value as PostgreSQL's `value_hash` does. */
export function hashOfValue(value: JsonValue): string {
  const text = typeof value === 'string' ? value : JSON.stringify(value)
  return sha256(inSmallLetters(text))
}

/** A place that names somebody. */
interface Naming {
  readonly identity: IdentityRef
  readonly at: Position
  readonly scope: Scope
}

function erasedIdentities(draft: Draft): Finding[] {
  const { state, documentChanges, desired } = draft
  if (state.gone.identities.length === 0) return []
  const known = new Set(state.people.flatMap(({ identities }) => identities))
  const erased = new Set(state.gone.identities)
  const inRows = desired.rows.map(({ user, vo, at }): Naming => ({ identity: user, at, scope: `vo:${vo}` }))
  const inDocuments = documentChanges.flatMap(({ want }) => (want === undefined ? [] : namedBy(want)))
  return [...inRows, ...inDocuments]
    .filter(({ identity, scope }) => !known.has(identity) && !draft.kept.has(scope) && erased.has(sha256(identity)))
    .map(({ identity, at, scope }) => ({
      ...{ severity: 'error', code: 'identity-erased', at, scope },
      message: `"${identity}" was erased, and nobody is made of it again; take it out`,
    }))
}

function namedBy(document: DesiredObject): Naming[] {
  const { at } = document
  const scope = scopeOf(document)
  const managers = rolesIn(document).flatMap(({ holders }) =>
    holders.flatMap((holder) => ('user' in holder ? [holder.user] : [])),
  )
  const own = isKind(document, 'User') ? document.spec.identities : []
  return [...managers, ...own].map((identity) => ({ identity, at, scope }))
}

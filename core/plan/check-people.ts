import stringify from 'fast-json-stable-stringify'
import { uniqueKey } from '../attributes/unique-key.ts'
import { isKind, type DesiredObject } from '../model/config-object.ts'
import type { Finding } from '../model/finding.ts'
import type { JsonValue } from '../model/json.ts'
import { scopeOf } from '../model/scope.ts'
import { isUnique } from './check-unique.ts'
import type { Draft } from './draft.ts'

/** Finds User documents that claim an identity of somebody else, or a unique value of a person without a document. */
export function checkPeople(draft: Draft): Finding[] {
  if (!draft.documentChanges.some(({ want }) => want !== undefined)) return []
  return [...takenIdentities(draft), ...takenValues(draft)]
}

function takenIdentities({ taken }: Draft): Finding[] {
  return taken.map(({ document, identity, owner }) => ({
    severity: 'error',
    code: 'identity-taken',
    message: `User "${document.name}" cannot have the identity "${identity}": it belongs to "${owner}"; identities are joined by the person, signed in with both`,
    at: document.at,
    path: `spec.identities[${document.spec.identities.indexOf(identity)}]`,
    scope: scopeOf(document),
  }))
}

/** Values of User documents that another person holds already. */
function takenValues(draft: Draft): Finding[] {
  const { people, state } = draft
  const changed = draft.documentChanges.flatMap(({ want }) =>
    want !== undefined && isKind(want, 'User') ? [want] : [],
  )
  const names = new Set(
    changed.flatMap((document) => Object.keys(userValues(document)).filter((name) => isUnique(draft, name))),
  )
  const owners = new Map<string, number>()
  for (const { id } of names.size === 0 ? [] : state.people) {
    const person = people.ofId(id)
    if (person === undefined) continue
    const values = people.attributes(person)
    for (const name of names) if (values[name] !== undefined) owners.set(`${name} ${uniqueKey(values[name])}`, person)
  }
  return changed.flatMap((document) => {
    const self = people.find(document.spec.identities[0] ?? '')
    return Object.entries(userValues(document)).flatMap(([name, value]): Finding[] => {
      const owner = owners.get(`${name} ${uniqueKey(value)}`)
      if (owner === undefined || owner === self || people.documentOf(owner) !== undefined) return []
      return [repeated(document, { name, value: stringify(value), other: people.names[owner] ?? '' })]
    })
  })
}

function userValues({ spec }: DesiredObject<'User'>): Readonly<Record<string, JsonValue>> {
  const entries = Object.entries(spec.attributes ?? {})
  return Object.fromEntries(entries.map(([name, value]) => [name.includes('.') ? name : `user.${name}`, value]))
}

function repeated(
  object: DesiredObject,
  clash: { readonly name: string; readonly value: string; readonly other: string },
): Finding {
  return {
    severity: 'error',
    code: 'duplicate',
    message: `${object.kind} "${object.name}" cannot have ${clash.name} ${clash.value}: the value is unique and ${clash.other} has it`,
    at: object.at,
    path: `spec.attributes.${clash.name.slice(clash.name.indexOf('.') + 1)}`,
    scope: scopeOf(object),
  }
}

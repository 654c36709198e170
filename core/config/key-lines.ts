import type { KeyLines } from '../model/config-object.ts'
import type { ConfigDocument, Path, ReadDocument } from './document.ts'
import { valuesOfDocument } from './given-values.ts'
import { rolesIn } from './roles.ts'

/** Tells in which lines the keys of a document stand that messages name once it is in force; undefined where it has none of them. */
export function keyLinesOf(entry: ReadDocument): KeyLines | undefined {
  const { document } = entry
  const lines = [
    ...keysOf(document).map(({ key, path }) => [key, entry.locate(path, 'key').line] as const),
    ...namesOf(document).map(({ key, path }) => [key, entry.locate(path).line] as const),
  ]
  return lines.length === 0 ? undefined : Object.fromEntries(lines)
}

interface KeyPlace {
  readonly key: string
  readonly path: Path
}

function keysOf(document: ConfigDocument): KeyPlace[] {
  const own = ['exclusive', 'derive', 'serviceAccount'].filter((key) => key in document.spec)
  return [...own.map((key) => ({ key, path: ['spec', key] })), ...valuesOfDocument(document)]
}

/** Where a document says whose an identity is, who may do something, or who owns an account. */
function namesOf(document: ConfigDocument): KeyPlace[] {
  const ofRoles = rolesIn(document).flatMap(({ key, holders }) =>
    holders.flatMap((holder, index) =>
      'user' in holder ? [{ key: `${key}.${holder.user}`, path: ['spec', key, index] }] : [],
    ),
  )
  if (document.kind !== 'User') return ofRoles
  const { identities, serviceAccount } = document.spec
  return [...entriesOf(['identities'], identities), ...entriesOf(['serviceAccount', 'owners'], serviceAccount?.owners)]
}

function entriesOf(path: readonly string[], entries: readonly string[] = []): KeyPlace[] {
  return entries.map((entry, index) => ({ key: [...path, entry].join('.'), path: ['spec', ...path, index] }))
}

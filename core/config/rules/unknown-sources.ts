import type { Finding } from '../../model/finding.ts'
import { didYouMean } from '../../model/nearest.ts'
import { scopeOf } from '../../model/scope.ts'
import { nameOf, unknownAt, type Catalog } from '../catalog.ts'
import type { Path, ReadDocument } from '../document.ts'
import { sourceOf, userOf } from '../references.ts'
import { approversIn, rolesIn } from '../roles.ts'

/** The source of every identity is declared. */
export function unknownSources(catalog: Catalog): Finding[] {
  const known = new Set(catalog.names('Source'))
  const sources = [...known].sort().join(' ')
  return catalog.all.flatMap((entry) => {
    if (clean.get(entry) === sources) return []
    const findings = [...unknownInDocument(entry, known), ...unknownInFile(entry, known)]
    if (findings.length === 0) clean.set(entry, sources)
    return findings
  })
}

/** The sources with which a document was found to be in order; the rule depends on nothing else. */
const clean = new WeakMap<ReadDocument, string>()

function unknownInDocument(entry: ReadDocument, known: ReadonlySet<string>): Finding[] {
  const findings: Finding[] = []
  const look = (identity: string, path: () => Path): void => {
    const source = sourceOf(identity)
    if (known.has(source)) return
    findings.push(unknownAt(entry, { path: path(), what: 'source', name: source, known: [...known] }))
  }
  const { spec } = entry.document
  lookAtUser(entry, look)
  if ('members' in spec) {
    for (const [index, member] of spec.members.entries()) {
      look(userOf(member), () => ['spec', 'members', index, ...(typeof member === 'string' ? [] : ['user'])])
    }
  }
  for (const { name, path } of namedIn(entry))
    if (!known.has(name)) findings.push(unknownAt(entry, { path, what: 'source', name, known: [...known] }))
  for (const { holder, path } of approversIn(entry.document)) {
    if ('user' in holder) look(holder.user, () => [...path, 'user'])
  }
  for (const { key, holders } of rolesIn(entry.document)) {
    for (const [index, holder] of holders.entries()) {
      if ('user' in holder) look(holder.user, () => ['spec', key, index, 'user'])
    }
  }
  return findings
}

function lookAtUser({ document }: ReadDocument, look: (identity: string, path: () => Path) => void): void {
  if (document.kind !== 'User') return
  const { identities, serviceAccount } = document.spec
  for (const [index, identity] of identities.entries()) look(identity, () => ['spec', 'identities', index])
  for (const [index, owner] of (serviceAccount?.owners ?? []).entries())
    look(owner, () => ['spec', 'serviceAccount', 'owners', index])
}

/** Sources that are named without an identity. */
function namedIn({ document }: ReadDocument): readonly { readonly name: string; readonly path: Path }[] {
  const listed = (names: readonly string[] | undefined, ...path: Path) =>
    (names ?? []).map((name, index) => ({ name, path: [...path, index] }))
  if (document.kind === 'Instance') return listed(document.spec.sourceOrder, 'spec', 'sourceOrder')
  if (document.kind !== 'VO') return []
  return listed(document.spec.expiration?.autoExtend?.sources, 'spec', 'expiration', 'autoExtend', 'sources')
}

function unknownInFile(entry: ReadDocument, known: ReadonlySet<string>): Finding[] {
  const { people } = entry
  if (people === undefined) return []
  const findings: Finding[] = []
  const scope = scopeOf(nameOf(entry.document))
  for (const [index, identity] of people.identities.entries()) {
    const source = sourceOf(identity)
    if (known.has(source)) continue
    const at = { file: people.file, line: people.lines[index] ?? 1, column: 1 }
    const message = `there is no source "${source}"${didYouMean(source, known)}`
    findings.push({ severity: 'error', code: 'reference-unknown', message, at, path: 'identity', scope })
  }
  return findings
}

import { GuildhallError } from '../../../core/errors.ts'
import type { Snapshot } from '../../destination.ts'
import type { FoundEntry } from '../../ldap/answer.ts'
import type { LdapFilter } from '../../ldap/filter.ts'
import { dnKey } from '../../ldap/dn.ts'
import { LdapFailure } from '../../ldap/failure.ts'
import type { Values } from '../../ldap/read-ldif.ts'
import { turnPages } from '../../ldap/turn-pages.ts'
import { textOf } from '../../ldap/utf8.ts'
import type { Directory } from './directory.ts'
import { wantedEntries } from './records.ts'
import { digestOf } from './scope.ts'
import type { Scope } from './scope.ts'
import type { StoredToken } from './token.ts'

/** What a snapshot wants: of each entry, by its key, a digest of its values; and the names of all that entries are given. */
export interface Wanted {
  readonly digests: Map<string, string>
  readonly attributes: ReadonlySet<string>
  readonly classes: ReadonlySet<string>
}

/** How the entries of ours differ from those that are wanted. */
export interface Survey {
  readonly scope: Scope
  /** By key: entries that are not there with our mark, and those that are and differ. */
  readonly unlike: ReadonlyMap<string, 'different' | 'missing'>
  /** Of ours, and no longer wanted, as the directory writes their names. */
  readonly surplus: readonly string[]
  readonly same: number
}

/** Reads a snapshot through once; it holds some 200 bytes for each entry. DELIVERY_REFUSED where two entries have one name. */
export async function indexWanted(snapshot: Snapshot, directory: Directory, signal: AbortSignal): Promise<Wanted> {
  const digests = new Map<string, string>()
  const [attributes, classes] = [new Set(['objectclass']), new Set<string>()]
  for await (const entries of wantedEntries(snapshot, directory)) {
    signal.throwIfAborted()
    for (const { dn, key, values: read } of entries) {
      if (digests.has(key)) throw twice(dn)
      const values = read()
      for (const name of values.keys()) attributes.add(name)
      for (const name of values.get('objectclass') ?? []) classes.add(name.toLowerCase())
      digests.set(key, digestOf(values, { attributes, classes, mark: directory.mark }))
    }
  }
  return { digests, attributes, classes }
}

/** Asks for every entry with our mark, page by page, and compares; takes the digests of `wanted` for itself. */
export async function survey(
  directory: Directory,
  { digests, attributes, classes }: Wanted,
  token: StoredToken | undefined,
): Promise<Survey> {
  const { mark } = directory
  const scope: Scope = {
    mark,
    attributes: new Set([...attributes, ...(token?.attributes ?? [])]),
    classes: new Set([...classes, ...(token?.classes ?? [])]),
  }
  const different = new Set<string>()
  const surplus: string[] = []
  let same = 0
  await everyMarked(directory, scope, ({ dn, key, values }) => {
    const digest = digests.get(key)
    if (digest === undefined) surplus.push(dn)
    else if (digest !== digestOf(values, scope)) different.add(key)
    else {
      same += 1
      digests.delete(key)
    }
  })
  const unlike = new Map<string, 'different' | 'missing'>()
  for (const key of digests.keys()) unlike.set(key, different.has(key) ? 'different' : 'missing')
  return { scope, unlike, surplus, same }
}

/** An entry of a directory, read. */
export interface ThereEntry {
  readonly dn: string
  readonly key: string
  readonly values: Values
}

/** Reads an entry that was found. LdapFailure where the directory gives only some of its values, or its name is no text. */
export function thereEntry({ name, attributes }: FoundEntry): ThereEntry {
  const dn = textOf(name)
  if (dn === undefined) throw new LdapFailure('wrong', 'the name of an entry is not in UTF-8')
  const values = new Map<string, readonly string[]>()
  for (const { type, values: those } of attributes) {
    const lower = type.toLowerCase()
    if (lower.includes(';range='))
      throw new LdapFailure(
        'refused',
        `it gives only some values of ${type} of ${JSON.stringify(dn)}; let the account read all`,
      )
    values.set(
      lower,
      those.map((value) => value.toString('latin1')),
    )
  }
  return { dn, key: dnKey(dn), values }
}

/** What has to be asked for to compare entries. */
export function attributesOf({ attributes, mark }: Scope): readonly string[] {
  return [...new Set([...attributes, mark.attribute])].sort()
}

/** Tells whether an entry is ours. */
export function isMarked({ values }: ThereEntry, { mark }: Scope): boolean {
  return values.get(mark.attribute)?.includes(mark.value) ?? false
}

const pageSize = 500

async function everyMarked(directory: Directory, scope: Scope, visit: (entry: ThereEntry) => void): Promise<void> {
  const { connection, options, mark, baseKey, tokenKey } = directory
  const filter: LdapFilter = { kind: 'equal', attribute: mark.attribute, value: Buffer.from(mark.value, 'latin1') }
  const search = { base: options.baseDn, scope: 'sub', filter, attributes: attributesOf(scope) } as const
  const finder = {
    entry(found: FoundEntry) {
      const entry = thereEntry(found)
      // A directory compares without regard to case; what is almost our mark is somebody else's.
      if (entry.key !== baseKey && entry.key !== tokenKey && isMarked(entry, scope)) visit(entry)
    },
    // What lies on another server is not ours: nothing is ever written there.
    reference: () => undefined,
  }
  const pages = turnPages(connection, search, { size: pageSize, finder })
  while ((await pages.next()).done !== true) continue
}

function twice(dn: string): GuildhallError {
  return new GuildhallError(
    'DELIVERY_REFUSED',
    `Cannot deliver ${JSON.stringify(dn)}: the snapshot has it twice; entries are told apart by their names, without regard to case`,
    { facts: { dn } },
  )
}

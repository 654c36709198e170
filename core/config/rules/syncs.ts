import type { GroupSync, VoSync } from '../../../schemas/generated/config.ts'
import type { Finding } from '../../model/finding.ts'
import { errorAt, unknownAt, type Catalog, type Entry } from '../catalog.ts'
import { membersGroup } from '../references.ts'
import { writtenFaults } from './sources.ts'

type Synced = Entry<'VO'> | Entry<'Group'>

const path = ['spec', 'sync']

/** Every sync is from a source that is read and lets the VO sync from it, comes at some time, and is the only one of its source for its group. */
export function syncs(catalog: Catalog): Finding[] {
  return [
    ...catalog.of('VO').flatMap((entry) => {
      const { sync } = entry.document.spec
      return sync === undefined
        ? []
        : [...readingFaults(catalog, entry, { path, ...sync }), ...groupsFaults(catalog, entry, sync)]
    }),
    ...catalog.of('Group').flatMap((entry) => {
      const { sync } = entry.document.spec
      return sync === undefined
        ? []
        : [...readingFaults(catalog, entry, { path, ...sync }), ...fedTwice(catalog, entry, sync)]
    }),
  ]
}

/** What a document says of reading a source, and where. */
interface ReadingAt {
  readonly path: readonly string[]
  readonly source: string
  readonly every?: string
  readonly at?: readonly string[]
}

/** A source has to be one that is read and lets the VO sync from it, at some time. */
export function readingFaults(catalog: Catalog, entry: Synced, reading: ReadingAt): Finding[] {
  const when = 'expected the key "every" or the key "at" here: without either the source would never be read'
  return [
    ...sourceFaults(catalog, entry, reading),
    ...(reading.every === undefined && reading.at === undefined
      ? [errorAt(entry, { code: 'value-invalid', message: when, path: reading.path, on: 'key' })]
      : []),
  ]
}

function sourceFaults(catalog: Catalog, entry: Synced, { source: name, path: of }: ReadingAt): Finding[] {
  const at = [...of, 'source']
  const source = catalog.find('Source', name)
  if (source === undefined) {
    if (catalog.has({ kind: 'Source', name })) return []
    return [unknownAt(entry, { path: at, what: 'source', name, known: catalog.names('Source') })]
  }
  const { type, vos = [] } = source.document.spec
  const place = `${source.at.file}:${source.at.line}`
  if (type === 'declared') {
    const message = `people of source "${name}" (${place}) are only named in git, so nothing can be synced from it; name one that is read`
    return [errorAt(entry, { code: 'value-invalid', message, path: at })]
  }
  const vo = voOf(entry)
  if (vos.includes(vo)) return []
  const message = `source "${name}" (${place}) does not let VO "${vo}" sync from it; add the VO there under vos`
  return [errorAt(entry, { code: 'value-invalid', message, path: at })]
}

function groupsFaults(catalog: Catalog, entry: Entry<'VO'>, { groups }: VoSync): Finding[] {
  if (groups === undefined) return []
  const vo = entry.document.metadata.name
  const known = catalog.names('Group', vo)
  const at = [...path, 'groups', 'base']
  const { base: name } = groups
  return [
    ...baseFaults(entry, { name, isKnown: catalog.has({ kind: 'Group', vo, name }), known, at }),
    ...writtenFaults(entry, { written: groups.path, gives: 'array', path: [...path, 'groups', 'path'] }),
  ]
}

interface Base {
  readonly name: string
  readonly isKnown: boolean
  readonly known: readonly string[]
  readonly at: readonly string[]
}

function baseFaults(entry: Entry<'VO'>, { name, isKnown, known, at }: Base): Finding[] {
  if (name === membersGroup) {
    const message = 'the group "members" has no groups below it; name another'
    return [errorAt(entry, { code: 'name-unsafe', message, path: at })]
  }
  const within = `VO "${entry.document.metadata.name}"`
  return isKnown ? [] : [unknownAt(entry, { path: at, what: 'group', within, name, known })]
}

/** A VO's sync fills the groups below its base, so that one of the same source in one of them would undo what it does. */
function fedTwice(catalog: Catalog, entry: Entry<'Group'>, { source }: GroupSync): Finding[] {
  const vo = catalog.find('VO', voOf(entry))
  const sync = vo?.document.spec.sync
  if (vo === undefined || sync?.groups === undefined || sync.source !== source) return []
  if (!entry.document.metadata.name.startsWith(`${sync.groups.base}:`)) return []
  const { file, line } = vo.locate(path)
  const message = `source "${source}" fills the groups below "${sync.groups.base}" already, by the sync of the VO (${file}:${line}); leave one of the two out`
  return [errorAt(entry, { code: 'duplicate', message, path: [...path, 'source'] })]
}

function voOf({ document }: Synced): string {
  return document.kind === 'VO' ? document.metadata.name : (document.metadata.vo ?? '')
}

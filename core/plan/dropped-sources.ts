import { isKind, type ConfigObject } from '../model/config-object.ts'
import type { MembershipRow } from '../model/state.ts'
import type { PairIndex } from './pair-index.ts'
import type { ObjectPair } from './pair-objects.ts'
import type { MemberSet } from './sets.ts'

/** A row that a source gave, and the name of that source in force. */
export interface SyncedRow {
  readonly person: number
  readonly source: string
}

/** Tells which sources, by their names in force, fill a set now and do not after the commit. */
export type DroppedSources = (set: MemberSet) => ReadonlySet<string>

/** Compares what documents in force and those of the commit say of who fills a VO or group; what goes itself is not asked for. */
export function droppedSources({ ofKind, vosByHave, vosByWant }: Fed): DroppedSources {
  const former = new Map(ofKind('Source').flatMap(({ have, want }) => (have && want ? [[want.name, have.name]] : [])))
  return ({ pair: { have, want } }) => {
    if (have === undefined || want === undefined) return nobody
    const before = sourcesOf(have, voOf(have, vosByHave)?.have)
    if (before.length === 0) return nobody
    const after = new Set(sourcesOf(want, voOf(want, vosByWant)?.want).map((source) => former.get(source) ?? source))
    return new Set(before.filter((source) => !after.has(source)))
  }
}

type Fed = Pick<PairIndex, 'ofKind' | 'vosByHave' | 'vosByWant'>

const nobody: ReadonlySet<string> = new Set()

function voOf({ kind, vo, name }: ConfigObject, pairs: ReadonlyMap<string, ObjectPair>): ObjectPair | undefined {
  return pairs.get(kind === 'VO' ? name : (vo ?? ''))
}

/** The sources that fill a VO or group; a VO's sync with `groups` fills those below its base too. */
function sourcesOf(object: ConfigObject, above: ConfigObject | undefined): string[] {
  const sync = above !== undefined && isKind(above, 'VO') ? above.spec.sync : undefined
  const isFed = object.kind === 'VO' || (sync?.groups !== undefined && object.name.startsWith(`${sync.groups.base}:`))
  const own = isKind(object, 'Group') ? object.spec.sync : undefined
  return [...(isFed && sync !== undefined ? [sync.source] : []), ...(own === undefined ? [] : [own.source])]
}

/** Tells a row of one of these sources. */
export function isRowOf(sources: ReadonlySet<string>, { origin, originName }: MembershipRow): boolean {
  return origin === 'sync' && sources.has(originName)
}

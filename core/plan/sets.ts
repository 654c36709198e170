import type { Position } from '../model/finding.ts'
import type { ConfigObject } from '../model/config-object.ts'
import { scopeOf, type Scope } from '../model/scope.ts'
import type { DesiredRow, MembershipRow } from '../model/state.ts'
import type { ObjectPair } from './pair-objects.ts'

/** A VO or group with the rows that are in it and those the commit names. */
export interface MemberSet {
  readonly scope: Scope
  readonly kind: 'Member' | 'GroupMember'
  readonly pair: ObjectPair
  /** The names after the commit; those in force for a set that goes. */
  readonly vo: string
  readonly name: string
  readonly have: readonly MembershipRow[]
  readonly want: readonly DesiredRow[]
  readonly at: Position | undefined
}

type ByVoAndGroup<T> = ReadonlyMap<string, ReadonlyMap<string, readonly T[]>>

/** Lists every VO and group, before and after, with its rows. */
export function listSets(
  pairs: readonly ObjectPair[],
  rows: { readonly have: readonly MembershipRow[]; readonly want: readonly DesiredRow[] },
): MemberSet[] {
  const have = gather(rows.have)
  const want = gather(rows.want)
  return pairs.flatMap((pair) => {
    const object = pair.want ?? pair.have
    if (object === undefined || (object.kind !== 'VO' && object.kind !== 'Group')) return []
    const set: MemberSet = {
      scope: scopeOf(object),
      kind: object.kind === 'VO' ? 'Member' : 'GroupMember',
      pair,
      vo: object.vo ?? object.name,
      name: object.name,
      have: rowsOf(have, pair.have),
      want: rowsOf(want, pair.want),
      at: object.at,
    }
    return [set]
  })
}

/** Gathers rows by VO and group; rows of one set mostly stand together. */
function gather<T extends { readonly vo: string; readonly group?: string }>(rows: readonly T[]): ByVoAndGroup<T> {
  const byVo = new Map<string, Map<string, T[]>>()
  let [lastVo, lastGroup]: (string | undefined)[] = ['', '']
  let list: T[] = []
  for (const row of rows) {
    const { vo, group } = row
    if (vo !== lastVo || group !== lastGroup) {
      list = listFor(byVo, vo, group ?? '')
      lastVo = vo
      lastGroup = group
    }
    list.push(row)
  }
  return byVo
}

function listFor<T>(byVo: Map<string, Map<string, T[]>>, vo: string, group: string): T[] {
  const ofVo = byVo.get(vo) ?? new Map<string, T[]>()
  byVo.set(vo, ofVo)
  const list = ofVo.get(group) ?? []
  ofVo.set(group, list)
  return list
}

function rowsOf<T>(rows: ByVoAndGroup<T>, object: ConfigObject | undefined): readonly T[] {
  if (object === undefined) return []
  return rows.get(object.vo ?? object.name)?.get(object.kind === 'VO' ? '' : object.name) ?? []
}

import { outsideOf, withOuter, type ListAround } from '../attributes/lists.ts'
import { parseAttribute } from '../config/references.ts'
import { isKind, type DesiredObject } from '../model/config-object.ts'
import type { Position } from '../model/finding.ts'
import type { PickedValue } from '../model/state.ts'
import { listIn } from './other-lists.ts'
import type { PairIndex } from './pair-index.ts'
import type { Places } from './picks.ts'

interface Bounds {
  /** The lists that the value's attribute names. */
  readonly within: readonly string[]
  readonly places: Places
  readonly picked: PickedValue
}

/** Tells which lists a picked value has to stand in once the commit is applied, by themselves or as other lists have to; those that lack it first. */
export function listsAround(index: PairIndex, { within, places, picked }: Bounds): ListAround[] {
  const found = withOuter(within, (list) => outerOf(index, list)).flatMap((list) =>
    giversOf(index, list, places).flatMap((object): ListAround[] => {
      const values = listIn(object, list)
      if (values === undefined) return []
      const { file, line } = placeOfList(object, list)
      return [{ list, at: `${file}:${line}`, has: outsideOf(values, picked.value) === undefined }]
    }),
  )
  return [...found.filter(({ has }) => !has), ...found.filter(({ has }) => has)]
}

/** The lists that values of a list have to stand in. */
function outerOf({ ofKind }: PairIndex, list: string): readonly string[] {
  const definition = ofKind('Attribute').find(({ want }) => want?.name === list)?.want
  return definition !== undefined && isKind(definition, 'Attribute') ? (definition.spec.within ?? []) : []
}

function giversOf(index: PairIndex, list: string, places: Places): readonly DesiredObject[] {
  const own = places[holderOfList(list)]?.want
  if (own !== undefined) return [own]
  const vo = places.vo?.want
  return holderOfList(list) === 'facility' && vo !== undefined ? facilitiesOf(index, vo.name) : []
}

/** What a VO may have is what the facilities offer that it has resources on. */
function facilitiesOf({ ofKind, pairsByWantVo }: PairIndex, vo: string): DesiredObject[] {
  const resources = (pairsByWantVo.get(vo) ?? []).flatMap(({ want }) => want ?? [])
  const names = new Set(resources.flatMap((one) => (isKind(one, 'Resource') ? [one.spec.facility] : [])))
  return ofKind('Facility').flatMap(({ want }) => (want !== undefined && names.has(want.name) ? [want] : []))
}

/** Tells where a document gives a list. */
export function placeOfList({ at, keyLines }: DesiredObject, list: string): Position {
  const line = keyLines?.[`attributes.${parseAttribute(list).name}`]
  return line === undefined ? at : { file: at.file, line, column: 1 }
}

/** Tells what of a value's places gives a list. */
export function holderOfList(list: string): keyof Places {
  const { holder } = parseAttribute(list)
  return holder === 'facility' || holder === 'resource' || holder === 'group' ? holder : 'vo'
}

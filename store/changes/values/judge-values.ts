import { valueFault } from '../../../core/attributes/check-value.ts'
import { describeLists, type ListAround } from '../../../core/attributes/lists.ts'
import { isPersonal } from '../../../core/attributes/holders.ts'
import type { Surroundings } from '../../../core/config/catalog.ts'
import type { JsonValue } from '../../../core/model/json.ts'
import { didYouMean } from '../../../core/model/nearest.ts'
import type { FoundHolder } from './find-holders.ts'
import type { Definition, HeldValue } from './read-held.ts'
import { mayTouch, usually, whoMay, type Standings } from './value-rights.ts'

/** Why a value is not written. */
type ValueRefusal =
  | 'attribute-unknown'
  | 'declared'
  | 'holder-unknown'
  | 'made-once'
  | 'not-a-member'
  | 'not-allowed'
  | 'outside'
  | 'taken'
  | 'value-invalid'

/** A refusal, for programs and for people. */
export interface RefusedValue {
  readonly reason: ValueRefusal
  readonly message: string
}

/** What one request is judged by. */
export interface ValueQuestion {
  /** Undefined where the value is to be taken away. */
  readonly value: JsonValue | undefined
  readonly name: string
  readonly found: FoundHolder
  readonly held: HeldValue | undefined
  /** The lists around the value, where it stands outside one that the attribute names. */
  readonly lists: readonly ListAround[] | undefined
  readonly standing: Standings[number] | undefined
  readonly definitions: ReadonlyMap<string, Definition>
  readonly compileSchema: Surroundings['compileSchema']
}

/** Says why a value may not be written; undefined where it may. */
export function refusalOfValue(question: ValueQuestion): RefusedValue | undefined {
  const { found, name, definitions } = question
  const definition = definitions.get(name)
  if (definition === undefined) return unknownAttribute(name, definitions)
  return (
    refusalOfHolder(found) ??
    refusalOfActor(question, definition) ??
    refusalOfHeld(question, definition) ??
    refusalOfContent(question, definition)
  )
}

/** Says that there is no such attribute of the holder, and which one may be meant. */
export function unknownAttribute(name: string, definitions: ReadonlyMap<string, Definition>): RefusedValue {
  const holder = name.slice(0, name.indexOf('.') + 1)
  const known = [...definitions.keys()].filter((other) => other.startsWith(holder))
  const meant = didYouMean(name, known)
  const message = `there is no attribute "${name}"${meant === '' ? '; an Attribute document declares it' : meant}`
  return { reason: 'attribute-unknown', message }
}

function refusalOfHolder({ reference: { holder }, memberStatus, vo }: FoundHolder): RefusedValue | undefined {
  if (!isPersonal(holder))
    return { reason: 'declared', message: `values of holder "${holder}" are given in git; write it there` }
  if ((holder !== 'member' && holder !== 'member-group') || memberStatus !== null) return undefined
  return { reason: 'not-a-member', message: `the person is not a member of VO "${vo ?? ''}"; add them first` }
}

function refusalOfActor({ standing, name }: ValueQuestion, { write }: Definition): RefusedValue | undefined {
  const allowed = write ?? usually.write
  if (standing === undefined || mayTouch(allowed, standing, name)) return undefined
  return { reason: 'not-allowed', message: whoMay('write', allowed) }
}

function refusalOfHeld({ held }: ValueQuestion, { derive }: Definition): RefusedValue | undefined {
  if (derive !== undefined) return { reason: 'made-once', message: 'it follows from other values; change those' }
  if (held?.origin === 'config')
    return { reason: 'declared', message: `${held.at ?? 'git'} gives the value; change it there` }
  if (held?.origin === 'generated') return { reason: 'made-once', message: 'it was made by itself and never changes' }
  return undefined
}

function refusalOfContent(
  { name, value, lists, compileSchema }: ValueQuestion,
  spec: Definition,
): RefusedValue | undefined {
  const wrong = value === undefined ? undefined : valueFault({ name, spec }, value, compileSchema)
  if (wrong !== undefined) return { reason: 'value-invalid', message: wrong }
  if (lists === undefined) return undefined
  const { first, others } = describeLists(lists)
  const right = lists.length === 1 ? 'choose one of that list' : 'choose one that all of them have'
  return { reason: 'outside', message: `it is not in ${first}${others}; ${right}` }
}

import type { AttributeSpec } from '../../../schemas/generated/config.ts'
import { isPersonal, type Holder } from '../../attributes/holders.ts'
import { builtInAttributes } from '../../config/built-in-attributes.ts'
import type { ConfigDocument } from '../../config/document.ts'
import { parseAttribute } from '../../config/references.ts'
import { typeMismatch } from '../../config/value-type.ts'
import { namesOfLists } from '../../expressions/names.ts'
import type { JsonObject, JsonValue } from '../../model/json.ts'
import { showValue } from '../../model/show-value.ts'
import { documentOf } from '../document.ts'
import { fittingName, noNames, type GivenNames } from '../fitting-names.ts'
import { noteOfPlace, type Notes } from '../imported.ts'
import { unseenFault } from '../input.ts'
import { personalAttribute } from '../personal-attribute.ts'
import { paragraphsIn, textIn, type Bean } from './beans.ts'
import { tellDropped, type Dropped } from './dropped.ts'
import { reasonLeftOut } from './perun-attributes.ts'
import type { Place } from './places.ts'
import { keyOf, kindOf, kinds, nameOfThing, type Of, type Thing } from './things.ts'
import type { Told } from './told-attributes.ts'

/** Values of things, and the documents that define their attributes. */
export interface ThingAttributes {
  readonly definitions: readonly ConfigDocument[]
  /** The values of a thing by the name after the dot, and its capabilities, for its document; no key where it has none. */
  readonly valuesOf: (thing: Thing, ...ids: readonly number[]) => Values
}

interface Values {
  readonly attributes?: JsonObject
  readonly capabilities?: string[]
}

/** Attributes of things, and in which documents their values stand. */
interface ThingBeans {
  readonly told: readonly Told[]
  readonly placeOf: (of: Of) => Place
  /** Tells whether a document may hold a text as a capability. */
  readonly isCapability: (text: string) => boolean
}

/** Reads attributes of things; the first of two values of one counts. */
export function readThingAttributes(beans: ThingBeans, notes: Notes): ThingAttributes {
  const { told, placeOf, isCapability } = beans
  const reading: Reading = {
    ...{ notes, placeOf, isCapability, dropped: [] },
    ...{ defined: new Map(), given: new Map(), values: new Map(), lengths: new Map(), capabilities: new Map() },
  }
  for (const one of told) readAttribute(reading, one)
  tellDropped(reading.dropped, notes)
  return {
    definitions: [...reading.defined.values()].map(({ document }) => document),
    valuesOf(thing, ...ids) {
      const key = keyOf({ thing, ids })
      const capabilities = reading.capabilities.get(key) ?? []
      const own = reading.values.get(key) ?? new Map<string, JsonValue>()
      const named = [...own].map(([urn, value]) => [reading.defined.get(urn)?.name ?? '', value] as const)
      return {
        ...(capabilities.length > 0 && { capabilities }),
        ...(named.length > 0 && { attributes: Object.fromEntries(named) }),
      }
    },
  }
}

interface Reading {
  readonly notes: Notes
  readonly placeOf: ThingBeans['placeOf']
  readonly isCapability: ThingBeans['isCapability']
  /** By the whole name in Perun. */
  readonly defined: Map<string, Defined>
  readonly given: Map<Thing, GivenNames>
  /** By what they are of, such as `vo 21`, and the whole name in Perun. */
  readonly values: Map<string, Map<string, JsonValue>>
  /** Characters of all the values in a document. */
  readonly lengths: Map<string, number>
  /** By what they are of. */
  readonly capabilities: Map<string, string[]>
  readonly dropped: Dropped[]
}

interface Defined {
  readonly document: ConfigDocument
  /** The name after the dot. */
  readonly name: string
  readonly type: AttributeSpec['type']
}

/** What a bean says of an attribute that has a value. */
interface Attribute {
  readonly friendlyName: string
  /** Its whole name in Perun. */
  readonly urn: string
  /** `core`, `def`, `opt` or `virt`. */
  readonly kind: string
  /** Undefined where Perun has no such type. */
  readonly type: AttributeSpec['type'] | undefined
  readonly value: JsonValue
}

function attributeIn(bean: Bean): Attribute | undefined {
  const { friendlyName, namespace, type, value = null } = bean.value
  if (typeof friendlyName !== 'string' || typeof namespace !== 'string' || isEmpty(value)) return undefined
  return {
    ...{ friendlyName, urn: `${namespace}:${friendlyName}`, kind: kindOf(bean) ?? '' },
    ...{ type: typeof type === 'string' ? types.get(type) : undefined, value },
  }
}

function readAttribute(reading: Reading, { bean, of }: Told): void {
  const attribute = attributeIn(bean)
  if (attribute === undefined) return
  const { friendlyName, kind, type } = attribute
  const place = reading.placeOf(of)
  const reason = reasonLeftOut(kind, friendlyName) ?? ('fault' in place ? place.fault : undefined)
  if (reason === undefined && type !== undefined && 'document' in place) {
    const keep = holdsCapabilities(of.thing, attribute) ? keepCapabilities : keepValue
    keep(reading, { bean, of, document: place.document }, { ...attribute, type })
    return
  }
  const why = reason ?? `its type is ${showValue(bean.value['type'] ?? null)}, expected one such as java.lang.String`
  const what = `attribute ${friendlyName.slice(0, 100)}`
  const { label } = kinds[of.thing]
  reading.dropped.push({ bean, of: keyOf(of), what, why: `of a ${label} it is not taken: ${why}` })
}

/** An attribute whose value a document has a place for. */
interface Placed extends Told {
  readonly document: string
}

interface Typed extends Attribute {
  readonly type: AttributeSpec['type']
}

/** Of those who have access to a facility or resource; documents of both have a place of their own for them. */
function holdsCapabilities(thing: Thing, { kind, friendlyName }: Attribute): boolean {
  return (thing === 'facility' || thing === 'resource') && kind === 'def' && friendlyName === 'capabilities'
}

function keepCapabilities(
  { capabilities, isCapability, notes }: Reading,
  { bean, of }: Placed,
  { value }: Typed,
): void {
  if (capabilities.has(keyOf(of))) return
  const all = Array.isArray(value) ? value : [value]
  const fit = all.flatMap((one: JsonValue) => {
    if (typeof one === 'string' && isCapability(one)) return [one]
    const why = `expected a capability such as "res:cluster:batch:act:submit", got ${showValue(one)}`
    notes.leftOut.push(noteOfPlace(bean, `capabilities of ${nameOfThing(of)}`, why))
    return []
  })
  capabilities.set(keyOf(of), [...new Set(fit)])
}

function keepValue(reading: Reading, placed: Placed, attribute: Typed): void {
  const { bean, of, document } = placed
  const { friendlyName, urn, type, value } = attribute
  const own = reading.values.get(keyOf(of)) ?? new Map<string, JsonValue>()
  if (own.has(urn)) return
  const length = (reading.lengths.get(document) ?? 0) + roomOf(friendlyName, value)
  const fault = valueFault(reading.defined.get(urn)?.type ?? type, value) ?? roomFault(length)
  if (fault !== undefined) {
    reading.notes.leftOut.push(noteOfPlace(bean, `${friendlyName.slice(0, 100)} of ${nameOfThing(of)}`, fault))
    return
  }
  if (!reading.defined.has(urn)) reading.defined.set(urn, define(reading, placed, attribute))
  own.set(urn, value)
  reading.lengths.set(document, length)
  reading.values.set(keyOf(of), own)
}

/** As Perun's classes are called, large ones for what takes more than one column holds. */
const types: ReadonlyMap<string, AttributeSpec['type']> = new Map([
  ['java.lang.String', 'string'],
  ['java.lang.LargeString', 'string'],
  ['java.lang.Integer', 'integer'],
  ['java.lang.Boolean', 'boolean'],
  ['java.util.ArrayList', 'array'],
  ['java.util.LargeArrayList', 'array'],
  ['java.util.LinkedHashMap', 'map'],
])

/** To Perun an empty value is none. */
function isEmpty(value: JsonValue): boolean {
  if (typeof value === 'object') return value === null || Object.keys(value).length === 0
  return value === ''
}

function define({ given, notes }: Reading, { bean, of: { thing } }: Placed, { friendlyName, type }: Typed): Defined {
  const { holder, label } = kinds[thing]
  const names = given.get(thing) ?? noNames(reservedOf(holder))
  given.set(thing, names)
  const name = bareName(friendlyName, names)
  if (name !== friendlyName) {
    const what = `attribute ${showValue(friendlyName)} of a ${label}`
    notes.changed.push(noteOfPlace(bean, what, `its name is "${holder}.${name}"`))
  }
  const title = textIn(bean, 'displayName', notes)
  const description = paragraphsIn(bean, 'description', notes)
  const metadata = {
    name: `${holder}.${name}`,
    ...(title !== undefined && title !== name && { title }),
    ...(description !== undefined && description !== title && { description }),
  }
  const spec = isPersonal(holder) ? personalAttribute(type) : { type }
  return { document: documentOf('Attribute', metadata, spec), name, type }
}

/** Names after the dot of what is there without a document. */
function reservedOf(holder: Holder): string[] {
  const all = [...Object.keys(builtInAttributes), ...namesOfLists].map(parseAttribute)
  return all.flatMap((one) => (one.holder === holder ? [one.name] : []))
}

/** Names of attributes begin with a letter, have no dots, and at most 80 characters. */
function bareName(friendlyName: string, names: GivenNames): string {
  const bare = friendlyName.replaceAll(/[^A-Za-z0-9_-]+/g, '-').replace(/^[^A-Za-z]+/, '')
  return fittingName(bare.slice(0, 70), names)
}

const longestValue = 65_536

/** In characters of JSON, of one document: a file may hold 1 MB. */
const mostOfOne = 250_000

function valueFault(type: AttributeSpec['type'], value: JsonValue): string | undefined {
  const fault = typeMismatch(type, value)
  if (fault !== undefined) return fault
  const { length } = JSON.stringify(value)
  return length > longestValue ? `it has ${length} characters, the limit is ${longestValue}` : unseenFault(value)
}

/** Each name, and each entry of a list or mapping, stands on a line of its own, further in. */
function roomOf(name: string, value: JsonValue): number {
  const entries = typeof value === 'object' && value !== null ? Object.keys(value).length : 0
  return name.length + JSON.stringify(value).length + 12 * (1 + entries)
}

function roomFault(length: number): string | undefined {
  return length <= mostOfOne ? undefined : `with it the values have more than ${mostOfOne} characters together`
}

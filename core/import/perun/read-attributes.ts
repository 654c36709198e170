import type { AttributeSpec } from '../../../schemas/generated/config.ts'
import type { ConfigDocument } from '../../config/document.ts'
import { typeMismatch } from '../../config/value-type.ts'
import type { JsonObject, JsonValue } from '../../model/json.ts'
import { showValue } from '../../model/show-value.ts'
import { documentOf } from '../document.ts'
import { fittingName, noNames, type GivenNames } from '../fitting-names.ts'
import { noteOfPlace, type Notes } from '../imported.ts'
import { unseenFault } from '../input.ts'
import { beansOf, innerList, numberIn, paragraphsIn, textIn, type Bean, type Call } from './beans.ts'
import { tellDropped, type Dropped } from './dropped.ts'
import { reasonLeftOut } from './perun-attributes.ts'

/** What documents give values of: an attribute of any other holder is not taken. */
export const things = ['vo', 'group', 'facility', 'resource'] as const

type Thing = (typeof things)[number]

/** Values of things, and the documents that define their attributes. */
export interface ThingAttributes {
  readonly definitions: readonly ConfigDocument[]
  /** The values of a thing by the name after the dot, and its capabilities, for its document; no key where it has none. */
  valuesOf(thing: Thing, id: number): { readonly attributes?: JsonObject; readonly capabilities?: string[] }
}

/** Where values of things are told, and which of these have a document. */
interface ThingBeans {
  /** Of attributes. */
  readonly calls: readonly Call[]
  /** They may carry attributes along. */
  readonly groups: readonly Bean[]
  readonly made: Readonly<Record<Thing, ReadonlyMap<number, unknown>>>
  /** Tells whether a document may hold a text as a capability. */
  readonly isCapability: (text: string) => boolean
}

/** Reads the attributes of things that answers were asked for, and those that groups carry along; the first of two values of one counts. */
export function readThingAttributes(beans: ThingBeans, notes: Notes): ThingAttributes {
  const { calls, groups, made, isCapability } = beans
  const reading: Reading = {
    ...{ notes, made, isCapability, dropped: [] },
    ...{ defined: new Map(), given: new Map(), values: new Map(), capabilities: new Map() },
  }
  for (const told of [...askedFor(calls, notes), ...carriedBy(groups)]) readAttribute(reading, told)
  tellDropped(reading.dropped, notes)
  return {
    definitions: [...reading.defined.values()].map(({ document }) => document),
    valuesOf(thing, id) {
      const own = reading.values.get(`${thing} ${id}`)
      const capabilities = reading.capabilities.get(`${thing} ${id}`) ?? []
      const named = [...(own?.byUrn ?? [])].map(
        ([urn, value]) => [reading.defined.get(urn)?.name ?? '', value] as const,
      )
      return {
        ...(capabilities.length > 0 && { capabilities }),
        ...(named.length > 0 && { attributes: Object.fromEntries(named) }),
      }
    },
  }
}

interface Reading {
  readonly notes: Notes
  readonly made: ThingBeans['made']
  readonly isCapability: ThingBeans['isCapability']
  /** By the whole name in Perun. */
  readonly defined: Map<string, Defined>
  readonly given: Map<Thing, GivenNames>
  /** By what they are of, such as `vo 21`. */
  readonly values: Map<string, OwnValues>
  /** The same. */
  readonly capabilities: Map<string, string[]>
  readonly dropped: Dropped[]
}

interface Defined {
  readonly document: ConfigDocument
  /** The name after the dot. */
  readonly name: string
  readonly type: AttributeSpec['type']
}

interface OwnValues {
  /** By the whole name in Perun. */
  readonly byUrn: Map<string, JsonValue>
  /** Characters of all of them. */
  length: number
}

/** An attribute as Perun tells it, and of what. */
interface Told {
  readonly bean: Bean
  readonly thing: Thing
  readonly id: number
}

function askedFor(calls: readonly Call[], notes: Notes): Told[] {
  return calls.flatMap((call) =>
    beansOf([call], notes).flatMap((bean) => toldOf(bean, (thing) => call.asked.get(thing))),
  )
}

function carriedBy(groups: readonly Bean[]): Told[] {
  return groups.flatMap((group) =>
    innerList(group, 'attributes').flatMap((bean) =>
      toldOf(bean, (thing) => (thing === 'group' ? numberIn(group, 'id') : undefined)),
    ),
  )
}

/** The namespace says of what an attribute is: one of a pair, such as `group_resource`, is none of either. */
function toldOf(bean: Bean, idOf: (thing: Thing) => number | undefined): Told[] {
  const thing = things.find((one) => one === holderOf(bean))
  const id = thing === undefined ? undefined : idOf(thing)
  return thing === undefined || id === undefined ? [] : [{ bean, thing, id }]
}

const namespaceForm = /^urn:perun:([a-z_]+):attribute-def:(core|def|opt|virt)$/

/** Of what an attribute is, as its namespace says: `vo`, `group_resource`. */
export function holderOf({ value: { namespace } }: Bean): string | undefined {
  return typeof namespace === 'string' ? namespaceForm.exec(namespace)?.[1] : undefined
}

const labels: Readonly<Record<Thing, string>> = { vo: 'VO', group: 'group', facility: 'facility', resource: 'resource' }

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

function attributeIn({ value: { friendlyName, namespace, type, value = null } }: Bean): Attribute | undefined {
  if (typeof friendlyName !== 'string' || typeof namespace !== 'string' || isEmpty(value)) return undefined
  return {
    ...{ friendlyName, urn: `${namespace}:${friendlyName}`, kind: namespaceForm.exec(namespace)?.[2] ?? '' },
    ...{ type: typeof type === 'string' ? types.get(type) : undefined, value },
  }
}

function readAttribute(reading: Reading, told: Told): void {
  const { bean, thing, id } = told
  const attribute = attributeIn(bean)
  if (attribute === undefined) return
  const { friendlyName, kind, type } = attribute
  const reason = reasonLeftOut(kind, friendlyName) ?? placeFault(reading, told)
  if (reason === undefined && type !== undefined) {
    const keep = holdsCapabilities(thing, attribute) ? keepCapabilities : keepValue
    keep(reading, told, { ...attribute, type })
    return
  }
  const why = reason ?? `its type is ${showValue(bean.value['type'] ?? null)}, expected one such as java.lang.String`
  const what = `attribute ${friendlyName.slice(0, 100)}`
  reading.dropped.push({ bean, of: `${thing} ${id}`, what, why: `of a ${labels[thing]} it is not taken: ${why}` })
}

function placeFault({ made }: Reading, { thing, id }: Told): string | undefined {
  return made[thing].has(id) ? undefined : `no document is made of the ${labels[thing]}`
}

interface Typed extends Attribute {
  readonly type: AttributeSpec['type']
}

/** Of those who have access to a facility or resource; documents of both have a place of their own for them. */
function holdsCapabilities(thing: Thing, { kind, friendlyName }: Attribute): boolean {
  return (thing === 'facility' || thing === 'resource') && kind === 'def' && friendlyName === 'capabilities'
}

function keepCapabilities({ capabilities, isCapability, notes }: Reading, told: Told, { value }: Typed): void {
  const { bean, thing, id } = told
  if (capabilities.has(`${thing} ${id}`)) return
  const all = Array.isArray(value) ? value : [value]
  const fit = all.flatMap((one: JsonValue) => {
    if (typeof one === 'string' && isCapability(one)) return [one]
    const why = `expected a capability such as "res:cluster:batch:act:submit", got ${showValue(one)}`
    notes.leftOut.push(noteOfPlace(bean, `capabilities of ${labels[thing]} ${id}`, why))
    return []
  })
  capabilities.set(`${thing} ${id}`, [...new Set(fit)])
}

function keepValue(reading: Reading, told: Told, attribute: Typed): void {
  const { bean, thing, id } = told
  const { friendlyName, urn, type, value } = attribute
  const own = reading.values.get(`${thing} ${id}`) ?? { byUrn: new Map<string, JsonValue>(), length: 0 }
  if (own.byUrn.has(urn)) return
  const fault = valueFault(reading.defined.get(urn)?.type ?? type, value) ?? roomFault(own, value)
  if (fault !== undefined) {
    const what = `${friendlyName.slice(0, 100)} of ${labels[thing]} ${id}`
    reading.notes.leftOut.push(noteOfPlace(bean, what, fault))
    return
  }
  if (!reading.defined.has(urn)) reading.defined.set(urn, define(reading, told, attribute))
  own.byUrn.set(urn, value)
  own.length += JSON.stringify(value).length
  reading.values.set(`${thing} ${id}`, own)
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

function define({ given, notes }: Reading, { bean, thing }: Told, { friendlyName, type }: Typed): Defined {
  const names = given.get(thing) ?? noNames()
  given.set(thing, names)
  const name = bareName(friendlyName, names)
  if (name !== friendlyName) {
    const what = `attribute ${showValue(friendlyName)} of a ${labels[thing]}`
    notes.changed.push(noteOfPlace(bean, what, `its name is "${thing}.${name}"`))
  }
  const title = textIn(bean, 'displayName', notes)
  const description = paragraphsIn(bean, 'description', notes)
  const metadata = {
    name: `${thing}.${name}`,
    ...(title !== undefined && title !== name && { title }),
    ...(description !== undefined && description !== title && { description }),
  }
  return { document: documentOf('Attribute', metadata, { type }), name, type }
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

function roomFault({ length }: OwnValues, value: JsonValue): string | undefined {
  if (length + JSON.stringify(value).length <= mostOfOne) return undefined
  return `with it the values have more than ${mostOfOne} characters together`
}

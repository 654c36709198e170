import stringify from 'fast-json-stable-stringify'
import { uniqueKey } from '../attributes/unique-key.ts'
import type { Definitions } from '../attributes/requirements.ts'
import type { Surroundings } from '../config/catalog.ts'
import { deriveValue, derivedAmong, type DerivedDefinition } from '../expressions/derived.ts'
import type { People } from '../membership/people.ts'
import type { PersonIndex } from '../membership/person-marks.ts'
import { compareText } from '../model/compare.ts'
import type { Finding } from '../model/finding.ts'
import type { JsonValue } from '../model/json.ts'
import type { State } from '../model/state.ts'
import type { AttributeNames } from './attribute-names.ts'
import { hashOfValue } from './check-gone.ts'
import type { MemberValues } from './member-values.ts'
import { once, remember } from './once.ts'
import type { PairIndex } from './pair-index.ts'

/** What derived values follow from. */
export interface DerivedContext extends Pick<PairIndex, 'ofKind' | 'vosByHave' | 'vosByWant'> {
  readonly state: State
  readonly people: People
  readonly definitions: Definitions
  readonly attributes: AttributeNames
  readonly memberValues: MemberValues
  readonly compileSchema: Surroundings['compileSchema']
  readonly asOf: Date
  /** Who will be a member of a VO, by its name after the commit; asked only for unique values of members. */
  readonly membersIn: (vo: string) => Iterable<PersonIndex>
}

/** Derived values as they will be. */
export interface DerivedValues {
  isDerived(name: string): boolean
  /** Of a person, or of a member of the VO of that name after the commit. */
  valueOf(name: string, person: PersonIndex, vo?: string): JsonValue | undefined
  /** What was left out of what was asked for so far, because it cannot be computed, does not fit, or somebody else has it. */
  findings(): Finding[]
}

/** Who would have a unique value, and since when. */
interface Claim {
  readonly person: PersonIndex
  readonly vo: string
  readonly since: number
}

/** Who goes without a value, and why, by attribute. */
export type LeftOut = Map<string, Map<PersonIndex, string>>

/**
 * Foresees derived values, each when it is asked for. It agrees with `keepDerived` of the store: what cannot be computed or does
 * not fit is none, and of those who would have the same unique value it is the one who came first, then whose name comes first.
 * Notes who goes without in `leftOut`.
 */
export function derivedValues(context: DerivedContext, leftOut: LeftOut): DerivedValues {
  const { people, definitions, memberValues, compileSchema } = context
  const known = once(() =>
    derivedAmong(
      [...definitions].map(([name, { spec }]) => [name, spec] as const),
      ['people'],
    ),
  )
  const byName = once(() => new Map(known().order.map((one) => [one.name, one])))
  const leaveOut = (name: string, person: PersonIndex, reason: string): void => {
    leftOut.set(name, (leftOut.get(name) ?? new Map<PersonIndex, string>()).set(person, reason))
  }
  const wantedBy = remember(() => remember(() => new Map<PersonIndex, JsonValue | undefined>()))
  const wanted = (definition: DerivedDefinition, person: PersonIndex, vo: string): JsonValue | undefined => {
    const values = wantedBy(definition.name)(vo)
    if (values.has(person)) return values.get(person)
    const outcome = deriveValue(definition, (name) => read(name, person, vo), compileSchema)
    if (outcome.kind === 'failed') leaveOut(definition.name, person, outcome.message)
    const value = outcome.kind === 'value' ? outcome.value : undefined
    values.set(person, value)
    return value
  }
  const read = (name: string, person: PersonIndex, vo: string): JsonValue | undefined => {
    if (known().names.has(name)) return valueOf(name, person, vo)
    const value = name.startsWith('user.') ? people.attributes(person)[name] : memberValues.valueOf(name, person, vo)
    return value ?? known().defaults.get(name)
  }
  const owners = remember((name) => {
    const definition = byName().get(name)
    return definition === undefined ? new Map<string, Claim>() : ownersOf(context, definition, wanted)
  })
  const valueOf = (name: string, person: PersonIndex, vo = ''): JsonValue | undefined => {
    const definition = byName().get(name)
    if (definition === undefined) return undefined
    const place = definition.holder === 'user' ? '' : vo
    const value = wanted(definition, person, place)
    if (value === undefined || !isUnique(definition)) return value
    const owner = owners(name).get(keyOf(definition, value, place))
    if (owner?.person === person && owner.vo === place) return value
    leaveOut(name, person, `it is unique, and ${whoHas(owner, people)} ${stringify(value)}`)
    return undefined
  }
  return {
    isDerived: (name) => known().names.has(name),
    valueOf,
    findings: () => [...leftOut].map(([name, out]) => findingOf(context, name, out)),
  }
}

function whoHas(owner: Claim | undefined, { names }: People): string {
  return owner === undefined ? 'somebody who is gone had' : `"${names[owner.person] ?? ''}" has`
}

function isUnique({ spec }: DerivedDefinition): boolean {
  return spec.unique !== undefined && spec.unique !== false
}

function keyOf({ spec }: DerivedDefinition, value: JsonValue, vo: string): string {
  return `${spec.unique === 'vo' ? vo : ''} ${uniqueKey(value)}`
}

type Wanted = (definition: DerivedDefinition, person: PersonIndex, vo: string) => JsonValue | undefined

/** Who has each unique value, among all who would have it. */
function ownersOf(context: DerivedContext, definition: DerivedDefinition, wanted: Wanted): Map<string, Claim> {
  const { people, vosByWant } = context
  const since = claimsInForce(context, definition)
  const isKept = keptForThoseGone(context, definition)
  const owners = new Map<string, Claim>()
  const claim = (person: PersonIndex, vo: string): void => {
    const value = wanted(definition, person, vo)
    if (value === undefined || isKept(value, person)) return
    const key = keyOf(definition, value, vo)
    const one = { person, vo, since: since(person, vo, value) }
    const other = owners.get(key)
    if (other === undefined || isBefore(one, other, people)) owners.set(key, one)
  }
  if (definition.holder === 'user') for (let person = 0; person < people.count; person += 1) claim(person, '')
  else for (const vo of vosByWant.keys()) for (const person of context.membersIn(vo)) claim(person, vo)
  return owners
}

function isBefore(one: Claim, other: Claim, { names }: People): boolean {
  if (one.since !== other.since) return one.since < other.since
  return (compareText(names[one.person] ?? '', names[other.person] ?? '') || compareText(one.vo, other.vo)) < 0
}

/** Since when somebody would have had a value: those to whom it is new come last. */
function claimsInForce(
  { state, people, attributes, vosByHave, asOf }: DerivedContext,
  { name, spec }: DerivedDefinition,
): (person: PersonIndex, vo: string, value: JsonValue) => number {
  const former = attributes.former(name)
  const claims = new Map<string, number>()
  for (const { attribute, user, vo, isWithinVo, value, since } of state.derivedClaims ?? []) {
    if (attribute !== former || isWithinVo !== (spec.unique === 'vo')) continue
    const now = vo === '' ? '' : vosByHave.get(vo)?.want?.name
    if (now !== undefined) claims.set(`${user} ${now} ${uniqueKey(value)}`, since.getTime())
  }
  return (person, vo, value) => claims.get(`${people.ids[person] ?? ''} ${vo} ${uniqueKey(value)}`) ?? asOf.getTime()
}

/** Whether a value was that of somebody who is gone, and stays theirs. */
function keptForThoseGone(
  { state, people, attributes }: DerivedContext,
  { name }: DerivedDefinition,
): (value: JsonValue, person: PersonIndex) => boolean {
  const former = attributes.former(name)
  const owners = new Map(
    state.gone.values.flatMap(({ attribute, hash, user }) => (attribute === former ? [[hash, user] as const] : [])),
  )
  if (owners.size === 0) return () => false
  return (value, person) => {
    const owner = owners.get(hashOfValue(value))
    return owner !== undefined && owner !== people.ids[person]
  }
}

function findingOf({ ofKind, people }: DerivedContext, name: string, out: ReadonlyMap<PersonIndex, string>): Finding {
  const named = [...out].map(([person, reason]) => ({ user: people.names[person] ?? '', reason }))
  const [first] = named.sort((a, b) => compareText(a.user, b.user))
  const others = out.size === 1 ? '' : ` and ${out.size - 1} more`
  const message = `"${name}" cannot be derived for "${first?.user ?? ''}"${others}, who go without: ${first?.reason ?? ''}`
  const at = ofKind('Attribute').find(({ want }) => want?.name === name)?.want?.at
  return {
    ...{ severity: 'warning', code: 'expression-failed', message, path: 'spec.derive' },
    ...(at === undefined ? {} : { at }),
  }
}

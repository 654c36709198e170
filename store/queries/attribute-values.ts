import { showHolder, type HolderReference } from '../../core/attributes/holder-reference.ts'
import { GuildhallError } from '../../core/errors.ts'
import type { JsonValue } from '../../core/model/json.ts'
import type { IdentityRef } from '../../core/model/state.ts'
import { findHolders, type FoundHolder } from '../changes/values/find-holders.ts'
import { unknownAttribute, type RefusedValue } from '../changes/values/judge-values.ts'
import { readDefinitions, readHeld, type Definition, type HeldValue } from '../changes/values/read-held.ts'
import { unknownHolders } from '../changes/values/unknown-holders.ts'
import { mayTouch, standingsOf, usually, whoMay, type Standings } from '../changes/values/value-rights.ts'
import type { Db } from '../pool.ts'

/** Who reads: whose rights count; without it everything may be read. */
interface Reader {
  readonly actor?: IdentityRef
}

/** One value that somebody wants to read: what it is of, and the attribute's full name. */
export interface ValueToRead {
  readonly holder: HolderReference
  readonly name: string
}

/** A value as it is read; without one of its own, the attribute's default. */
export interface ValueRead {
  readonly holder: string
  readonly name: string
  /** Null where there is none. */
  readonly value: JsonValue | null
  /** Who gave it; `default` where the definition does, null for none. */
  readonly origin: string | null
  /** Where git gives it, as `file:line`. */
  readonly at: string | null
  /** Of origin sync: which source gives it, where that is known, and which others say something else. */
  readonly source?: string
  readonly before?: readonly string[]
}

/** A value, or why it is not told. */
export type ReadAnswer = ValueRead | { readonly holder: string; readonly name: string; readonly refused: RefusedValue }

/** Reads values, an answer each in the order asked. Throws IDENTITY_UNKNOWN where nobody has the identity of who reads. */
export async function readValues(
  db: Db,
  { requests, actor }: Reader & { readonly requests: readonly ValueToRead[] },
): Promise<ReadAnswer[]> {
  const found = await findHolders(
    db,
    requests.map(({ holder }) => holder),
  )
  const missing = requests.filter((_, index) => found[index] === undefined)
  const reasons = await unknownHolders(
    db,
    missing.map(({ holder }) => holder),
  )
  const unknown = new Map(missing.map((request, index) => [request, reasons[index]]))
  const definitions = await readDefinitions(db)
  const standings = actor === undefined ? [] : await standingsOf(db, actor, found)
  const refusalOf = (request: ValueToRead, index: number) =>
    unknown.get(request) ?? refusalOfReading(request.name, { definitions, standing: standings[index] })
  const refusals = requests.map(refusalOf)
  const held = await readHeld(
    db,
    requests.map(({ name }, index) => keyOf(name, refusals[index] === undefined ? found[index] : undefined)),
  )
  return requests.map(({ holder, name }, index) => {
    const label = found[index]?.name ?? showHolder(holder)
    const refused = refusals[index]
    return refused === undefined
      ? read({ holder: label, name }, held[index], definitions)
      : { holder: label, name, refused }
  })
}

/** Lists the values that there are of a holder, as far as they may be read. Throws OBJECT_UNKNOWN, IDENTITY_UNKNOWN. */
export async function listValues(
  db: Db,
  { holder, actor }: Reader & { readonly holder: HolderReference },
): Promise<ValueRead[]> {
  const [found] = await findHolders(db, [holder])
  if (found === undefined) throw await unknownHolder(db, holder)
  const definitions = await readDefinitions(db)
  const [standing] = actor === undefined ? [] : await standingsOf(db, actor, [found])
  const names = [...definitions.keys()]
    .filter((name) => name.startsWith(`${holder.holder}.`))
    .filter((name) => refusalOfReading(name, { definitions, standing }) === undefined)
    .sort()
  const held = await readHeld(
    db,
    names.map((name) => keyOf(name, found)),
  )
  return names
    .map((name, index) => read({ holder: found.name, name }, held[index], definitions))
    .filter(({ origin }) => origin !== null)
}

async function unknownHolder(db: Db, holder: HolderReference): Promise<GuildhallError> {
  const [unknown] = await unknownHolders(db, [holder])
  const label = showHolder(holder)
  return new GuildhallError('OBJECT_UNKNOWN', `Cannot read values of "${label}": ${unknown?.message ?? 'it is gone'}`, {
    facts: { holder: label },
  })
}

type Definitions = ReadonlyMap<string, Definition>

function refusalOfReading(
  name: string,
  { definitions, standing }: { readonly definitions: Definitions; readonly standing: Standings[number] | undefined },
): RefusedValue | undefined {
  const definition = definitions.get(name)
  if (definition === undefined) return unknownAttribute(name, definitions)
  const allowed = definition.read ?? usually.read
  if (standing === undefined || mayTouch(allowed, standing, name)) return undefined
  return { reason: 'not-allowed', message: whoMay('read', allowed) }
}

/** Nothing has ids of zero. */
function keyOf(attribute: string, found: FoundHolder | undefined) {
  return { attribute, subject: found?.subject ?? 0, object: found?.object ?? 0 }
}

function read(
  named: { readonly holder: string; readonly name: string },
  own: HeldValue | undefined,
  definitions: Definitions,
): ValueRead {
  if (own !== undefined) return { ...named, ...own }
  const fallback = definitions.get(named.name)?.default
  return fallback === undefined
    ? { ...named, value: null, origin: null, at: null }
    : { ...named, value: fallback, origin: 'default', at: null }
}

import { showHolder, type HolderReference } from '../../core/attributes/holder-reference.ts'
import { GuildhallError } from '../../core/errors.ts'
import type { JsonValue } from '../../core/model/json.ts'
import type { IdentityRef } from '../../core/model/state.ts'
import { findHolders, type FoundHolder } from '../changes/values/find-holders.ts'
import { unknownAttribute } from '../changes/values/judge-values.ts'
import { readDefinitions, readHeld, type Definition } from '../changes/values/read-held.ts'
import { unknownHolders } from '../changes/values/unknown-holders.ts'
import { mayTouch, standingsOf, usually, whoMay } from '../changes/values/value-rights.ts'
import type { Db } from '../pool.ts'

/** Which values of a holder somebody wants to read. */
export interface ValueReading {
  readonly holder: HolderReference
  /** The attribute's full name; all that there are where absent. */
  readonly name?: string
  /** Whose rights count; without it everything may be read. */
  readonly actor?: IdentityRef
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
}

/** Reads values of a holder. Throws OBJECT_UNKNOWN, ACTOR_NOT_ELIGIBLE where one is asked for that is not to be read, IDENTITY_UNKNOWN. */
export async function readValues(db: Db, { holder, name, actor }: ValueReading): Promise<ValueRead[]> {
  const label = showHolder(holder)
  const found = await findHolder(db, holder, label)
  const definitions = await readDefinitions(db)
  const names = name === undefined ? namesOf(holder, definitions) : [name]
  if (name !== undefined && !definitions.has(name)) throw unreadable(label, unknownAttribute(name, definitions).message)
  const [standing] = actor === undefined ? [] : await standingsOf(db, actor, [found])
  const readable = names.filter(
    (one) => standing === undefined || mayTouch(definitions.get(one)?.read ?? usually.read, standing, one),
  )
  if (name !== undefined && readable.length === 0)
    throw hidden(label, name, { actor, definition: definitions.get(name) })
  const { subject, object } = found
  const held = await readHeld(
    db,
    readable.map((attribute) => ({ attribute, subject, object })),
  )
  const read = readable.map((one, index): ValueRead => {
    const own = held[index]
    const fallback = definitions.get(one)?.default
    if (own !== undefined) return { holder: found.name, name: one, ...own }
    return fallback === undefined
      ? { holder: found.name, name: one, value: null, origin: null, at: null }
      : { holder: found.name, name: one, value: fallback, origin: 'default', at: null }
  })
  return name === undefined ? read.filter(({ origin }) => origin !== null) : read
}

async function findHolder(db: Db, holder: HolderReference, label: string): Promise<FoundHolder> {
  const [found] = await findHolders(db, [holder])
  if (found !== undefined) return found
  const [unknown] = await unknownHolders(db, [holder])
  throw unreadable(label, unknown?.message ?? 'it is gone')
}

function namesOf({ holder }: HolderReference, definitions: ReadonlyMap<string, Definition>): string[] {
  return [...definitions.keys()].filter((name) => name.startsWith(`${holder}.`)).sort()
}

function unreadable(label: string, message: string): GuildhallError {
  return new GuildhallError('OBJECT_UNKNOWN', `Cannot read values of "${label}": ${message}`, {
    facts: { holder: label },
  })
}

function hidden(
  label: string,
  name: string,
  { actor = '', definition }: { readonly actor: IdentityRef | undefined; readonly definition: Definition | undefined },
): GuildhallError {
  const allowed = whoMay('read', definition?.read ?? usually.read)
  return new GuildhallError('ACTOR_NOT_ELIGIBLE', `Cannot read ${name} of "${label}" as "${actor}": ${allowed}`, {
    facts: { identity: actor, holder: label, name },
  })
}

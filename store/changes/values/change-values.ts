import { readValue } from '../../../core/attributes/check-value.ts'
import { showHolder, type HolderReference } from '../../../core/attributes/holder-reference.ts'
import type { Surroundings } from '../../../core/config/catalog.ts'
import { isPrintable } from '../../../core/config/value-type.ts'
import type { JsonValue } from '../../../core/model/json.ts'
import type { IdentityRef } from '../../../core/model/state.ts'
import { lockPeople, lockVos } from '../../locks.ts'
import type { Tx } from '../../pool.ts'
import { actOrHold, type Acting } from '../held/change-or-hold.ts'
import { withConsequences } from '../memberships/consequences.ts'
import { settleInVos, vosOfPersons } from '../memberships/vos-of-persons.ts'
import { vosOfPeople } from '../people.ts'
import { beginTrail, closeTrail, recordEvents, type EventRow } from '../trail.ts'
import { isAsThemselves, noteForAccounts } from './acts-of-owners.ts'
import { findHolders, type FoundHolder } from './find-holders.ts'
import { heldValues } from './held-values.ts'
import { hideOwners } from './hide-owners.ts'
import { refusalOfValue, type RefusedValue } from './judge-values.ts'
import { readDefinitions, readHeld, type Definition, type ValueKey } from './read-held.ts'
import { servicesShowing } from './services-showing.ts'
import { brokenLists } from './settle-outside.ts'
import { claimsOf, ownersOf, TakenError, type Owner, type TakenValue } from './unique-values.ts'
import { settleClaims } from './settle-claims.ts'
import { standingsOf } from './value-rights.ts'
import { unknownHolders } from './unknown-holders.ts'
import { keyOfValue } from './value-columns.ts'
import { writeValues, type ChangedValue, type WrittenValue } from './write-values.ts'

/** Values that somebody sets or takes away. */
export interface ValuesInput extends Acting {
  readonly requests: readonly ValueOn[]
  /** Whose rights count; without it the caller may do everything. */
  readonly actor?: IdentityRef
  readonly compileSchema: Surroundings['compileSchema']
}

/** One value: what it is of, the attribute's full name, and the value, or text to read it from by its type; without either it is taken away; `reason` goes before that of all. */
export interface ValueOn {
  readonly holder: HolderReference
  readonly name: string
  readonly value?: JsonValue
  readonly text?: string
  readonly reason?: string | undefined
  /** That the person gave it themselves, where that was seen before. */
  readonly isOneself?: boolean
}

/** The value that holds then, null for none, or why it was left as it was; `held` names the digest that somebody has to approve. */
export type ValueAnswer =
  | { readonly holder: string; readonly name: string; readonly value: JsonValue | null }
  | { readonly holder: string; readonly name: string; readonly held: string }
  | { readonly holder: string; readonly name: string; readonly refused: RefusedValue }

/**
 * Sets and takes away values of people in the caller's transaction, with all that follows: unique claims, statuses, losses that
 * the guard judges, and what the services that show them are told. What is refused does not keep back the rest. Where that would
 * take away too much nothing is done, and all that was not refused is held. Throws FULL, IDENTITY_UNKNOWN of the actor, VO_BUSY.
 */
export async function changeValues(tx: Tx, input: ValuesInput): Promise<ValueAnswer[]> {
  const users = input.requests.flatMap(({ holder: { user } }) => user ?? [])
  // Their statuses may follow.
  await lockVos(tx, await vosOfPeople(tx, users), { mode: 'shared' })
  const { judged, held } = await doOrHold(tx, input, await judge(tx, input))
  const standing = new Map(standingOf(judged).map((one) => [keyOfValue(writtenOf(one)), one.value]))
  return judged.map((one) => {
    const { label: holder, name } = one
    if (one.refused !== undefined) return { holder, name, refused: one.refused }
    return held === undefined
      ? { holder, name, value: standing.get(keyOfValue(writtenOf(one))) ?? null }
      : { holder, name, held }
  })
}

interface Doing {
  readonly judged: readonly Judged[]
  /** The digest under which all that is allowed is held. */
  readonly held?: string
}

/** Whose values turn out to be taken, as somebody else was quicker, are refused, and the rest done without them. */
async function doOrHold(tx: Tx, input: ValuesInput, judged: readonly Judged[]): Promise<Doing> {
  const allowed = standingOf(judged)
  if (allowed.length === 0) return { judged }
  await tx.query('savepoint before_values')
  try {
    const done = await actOrHold(tx, input, {
      work: async () => carryOut(tx, input, allowed),
      act: async () => heldValues(tx, allowed.map(asHeld)),
    })
    await tx.query('release savepoint before_values')
    return { judged, ...(done.kind === 'held' ? { held: done.digest } : {}) }
  } catch (error) {
    if (!(error instanceof TakenError)) throw error
    await tx.query('rollback to savepoint before_values')
    await tx.query('release savepoint before_values')
    return doOrHold(tx, input, refuseTaken(judged, error, input))
  }
}

/** Refuses the values that are taken; where one follows from others, all that the batch asks for of that person. */
function refuseTaken(judged: readonly Judged[], error: TakenError, { actor }: Pick<ValuesInput, 'actor'>): Judged[] {
  // Who has it by now is for those to know who may read it.
  const whyOf = ({ why }: TakenValue) =>
    actor === undefined ? why : 'somebody else has or had this value, and it is unique; choose another'
  const asked = new Set(judged.flatMap((one) => (one.refused === undefined ? [keyOfValue(writtenOf(one))] : [])))
  const direct = new Map<string, TakenValue>()
  const followed = new Map<number, TakenValue>()
  for (const one of error.taken) {
    const key = keyOfValue(one.key)
    if (asked.has(key)) direct.set(key, one)
    else followed.set(one.key.subject, one)
  }
  const refused = judged.map((one): Judged => {
    if (one.refused !== undefined) return one
    const { label, name, found } = one
    const own = direct.get(keyOfValue(writtenOf(one)))
    const other = followed.get(found.person ?? 0)
    if (own !== undefined) return { label, name, refused: { reason: 'taken', message: whyOf(own) } }
    if (other === undefined) return one
    const message = `with it ${other.key.attribute} would be "${other.value}", and ${whyOf(other)}`
    return { label, name, refused: { reason: 'taken', message } }
  })
  if (refused.every((one, index) => one === judged[index])) throw error
  return refused
}

function asHeld(one: Allowed) {
  const { found, isOneself, reason } = one
  return { ...writtenOf(one), person: found.person ?? 0, isOneself, reason }
}

interface Allowed {
  readonly label: string
  readonly name: string
  readonly found: FoundHolder
  /** Undefined where it is taken away. */
  readonly value: JsonValue | undefined
  readonly isOneself: boolean
  readonly reason: string | undefined
  readonly refused?: undefined
}

type Judged = Allowed | { readonly label: string; readonly name: string; readonly refused: RefusedValue }

async function judge(tx: Tx, input: ValuesInput): Promise<readonly Judged[]> {
  const { requests, actor, compileSchema } = input
  const found = await findHolders(
    tx,
    requests.map(({ holder }) => holder),
  )
  await lockPeople(
    tx,
    found.flatMap((holder) => holder?.person ?? []),
  )
  const definitions = await readDefinitions(tx)
  const asked = requests.map((request, index) => ({
    ...{ request, found: found[index], value: valueOf(request, definitions.get(request.name)) },
  }))
  // What is refused for its characters PostgreSQL cannot even be asked about.
  const keys = asked.map(({ request, found: holder, value }) => ({
    ...{ attribute: request.name, subject: holder?.subject ?? 0, object: holder?.object ?? 0 },
    value: isPrintable(value) ? value : undefined,
  }))
  const standings = actor === undefined ? [] : await standingsOf(tx, actor, found)
  const [held, owners, lists] = [await readHeld(tx, keys), await ownersOf(tx, keys), await brokenLists(tx, keys)]
  const unknown = await unknownIn(tx, asked)
  const judged = asked.map(({ request, found: there, value }, index): Judged => {
    const { holder, name, isOneself, reason } = request
    if (there === undefined) return { label: showHolder(holder), name, refused: unknown.get(request) ?? isGone }
    const label = there.name
    const standing = standings[index]
    const question = { name, value, found: there, held: held[index], lists: lists[index] }
    const refused = refusalOfValue({ ...question, standing, definitions, compileSchema })
    if (refused !== undefined) return { label, name, refused }
    return { label, name, value, found: there, isOneself: isOneself ?? isAsThemselves(standing, name), reason }
  })
  if (standings.length > 0)
    await noteForAccounts(
      tx,
      input,
      asked.map((one, index) => ({
        ...one,
        name: one.request.name,
        reason: one.request.reason ?? input.reason,
        standing: standings[index],
        definition: definitions.get(one.request.name),
        refused: judged[index]?.refused,
      })),
    )
  const told = actor === undefined ? owners : await hideOwners(tx, owners, { actor, definitions })
  return refuseClaimed(judged, keys, { owners: told, claims: await claimsOf(tx, keys) })
}

interface Claimed {
  readonly owners: readonly (Owner | undefined)[]
  readonly claims: readonly (string | undefined)[]
}

function refuseClaimed(
  judged: readonly Judged[],
  keys: readonly ValueKey[],
  { owners, claims }: Claimed,
): readonly Judged[] {
  const claiming = keys.map((key, index) => {
    const { label = '', refused } = judged[index] ?? {}
    return { key, label, claim: claims[index], owner: owners[index], isRefused: refused !== undefined }
  })
  const refusals = settleClaims(claiming)
  return judged.map((one, index) => {
    const { label, name } = one
    const refused = refusals.get(index)
    return refused === undefined ? one : { label, name, refused }
  })
}

/** Only where it came into being since it was looked for. */
const isGone: RefusedValue = { reason: 'holder-unknown', message: 'it was not there; try again' }

async function unknownIn(
  tx: Tx,
  asked: readonly { readonly request: ValueOn; readonly found: FoundHolder | undefined }[],
): Promise<ReadonlyMap<ValueOn, RefusedValue>> {
  const lost = asked.flatMap(({ request, found }) => (found === undefined ? [request] : []))
  if (lost.length === 0) return new Map()
  const refusals = await unknownHolders(
    tx,
    lost.map(({ holder }) => holder),
  )
  return new Map(lost.flatMap((request, index) => (refusals[index] === undefined ? [] : [[request, refusals[index]]])))
}

/** Text that is no value of the type stays text, which is then refused. */
function valueOf({ value, text }: ValueOn, definition: Definition | undefined): JsonValue | undefined {
  if (text === undefined) return value
  return definition === undefined ? text : (readValue(definition.type, text) ?? text)
}

/** Of two requests for one value that are allowed, the later one stands. */
function standingOf(judged: readonly Judged[]): Allowed[] {
  const allowed = judged.flatMap((one) => (one.refused === undefined ? [one] : []))
  return [...new Map(allowed.map((one) => [keyOfValue(writtenOf(one)), one])).values()]
}

function writtenOf({ name, value, found: { subject, object } }: Allowed): WrittenValue {
  return { attribute: name, subject, object, value }
}

async function carryOut(tx: Tx, input: ValuesInput, allowed: readonly Allowed[]): Promise<void> {
  const { cause, now, reason, approved } = input
  const trail = await beginTrail(tx, cause, now)
  const persons = [...new Set(allowed.flatMap(({ found }) => found.person ?? []))]
  const vos = await vosOfPersons(tx, persons)
  const changed: ChangedValue[] = []
  await withConsequences(tx, trail, {
    bearing: { persons, vos: vos.map(({ name }) => name), guarded: { approved } },
    change: async () => {
      // All at once: two may take each other's.
      const values = allowed.map((one) => ({ ...writtenOf(one), origin: one.isOneself ? 'self' : 'manager' }) as const)
      changed.push(...(await writeValues(tx, { values, origin: 'manager' })))
      const names = [...new Set(changed.map(({ attribute }) => attribute))]
      await settleInVos(tx, trail, { vos, reason: `${names.join(', ')} changed by ${cause.actor}` })
    },
    showing: () => servicesShowing(tx, changed),
  })
  await recordEvents(tx, trail, eventsOf(changed, { allowed, reason }))
  await closeTrail(tx, trail)
}

function eventsOf(
  changed: readonly ChangedValue[],
  { allowed, reason: usual }: { readonly allowed: readonly Allowed[]; readonly reason: string },
): EventRow[] {
  const labels = new Map(allowed.map((one) => [keyOfValue(writtenOf(one)), one]))
  return changed.map((one) => {
    const { found, reason = usual } = labels.get(keyOfValue(one)) ?? {}
    const { attribute: name, before, value: after } = one
    const vo = found?.vo === null || found?.vo === undefined ? {} : { vo: found.vo }
    const personal = { holder: found?.name, before, after, reason }
    return { action: after === undefined ? 'unset' : 'set', kind: 'Value', ...vo, name, personal }
  })
}

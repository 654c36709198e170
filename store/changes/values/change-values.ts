import { readValue } from '../../../core/attributes/check-value.ts'
import { showHolder, type HolderReference } from '../../../core/attributes/holder-reference.ts'
import type { Surroundings } from '../../../core/config/catalog.ts'
import type { JsonValue } from '../../../core/model/json.ts'
import type { IdentityRef } from '../../../core/model/state.ts'
import { lockPeople, lockVos } from '../../locks.ts'
import type { Tx } from '../../pool.ts'
import { withConsequences } from '../memberships/consequences.ts'
import { vosOfPeople } from '../people.ts'
import { settleMembers } from '../settle-members.ts'
import { beginTrail, closeTrail, recordEvents, type Cause, type EventRow, type Trail } from '../trail.ts'
import { findHolders, type FoundHolder } from './find-holders.ts'
import { refusalOfValue, unknownHolder, type RefusedValue } from './judge-values.ts'
import { readDefinitions, readHeld, type Definition } from './read-held.ts'
import { servicesShowing } from './services-showing.ts'
import { brokenLists } from './settle-outside.ts'
import { ownersOf } from './unique-values.ts'
import { standingsOf } from './value-rights.ts'
import { keyOfValue } from './value-columns.ts'
import { writeValues, type ChangedValue, type WrittenValue } from './write-values.ts'

/** Values that somebody sets or takes away. */
export interface ValuesInput {
  readonly requests: readonly ValueOn[]
  readonly reason: string
  /** Whose rights count; without it the caller may do everything. */
  readonly actor?: IdentityRef
  readonly cause: Cause
  readonly now: Date
  readonly compileSchema: Surroundings['compileSchema']
}

/** One value: what it is of, the attribute's full name, and the value, or text to read it from by its type; without either it is taken away. */
export interface ValueOn {
  readonly holder: HolderReference
  readonly name: string
  readonly value?: JsonValue
  readonly text?: string
}

/** The value that holds then, null for none, or why it was left as it was. */
export type ValueAnswer =
  | { readonly holder: string; readonly name: string; readonly value: JsonValue | null }
  | { readonly holder: string; readonly name: string; readonly refused: RefusedValue }

/**
 * Sets and takes away values of people in the caller's transaction, with all that follows: unique claims, statuses, losses that
 * the guard judges, and what the services that show them are told. What is refused does not keep back the rest. Throws
 * ATTRIBUTE_TAKEN where somebody else was quicker, GUARD_LIMIT, FULL, IDENTITY_UNKNOWN of the actor, VO_BUSY.
 */
export async function changeValues(tx: Tx, input: ValuesInput): Promise<ValueAnswer[]> {
  const { requests, cause, now } = input
  const users = requests.flatMap(({ holder: { user } }) => user ?? [])
  // Their statuses may follow.
  await lockVos(tx, await vosOfPeople(tx, users), { mode: 'shared' })
  const judged = await judge(tx, input)
  const allowed = latest(judged.flatMap((one) => (one.refused === undefined ? [one] : [])))
  if (allowed.length > 0) {
    const trail = await beginTrail(tx, cause, now)
    const changed = await carryOut(tx, trail, allowed)
    await recordEvents(tx, trail, eventsOf(changed, { allowed, reason: input.reason }))
    await closeTrail(tx, trail)
  }
  return judged.map((one) => {
    const { label: holder, name } = one
    return one.refused === undefined
      ? { holder, name, value: one.value ?? null }
      : { holder, name, refused: one.refused }
  })
}

interface Allowed {
  readonly label: string
  readonly name: string
  readonly found: FoundHolder
  /** Undefined where it is taken away. */
  readonly value: JsonValue | undefined
  readonly isOneself: boolean
  readonly refused?: undefined
}

type Judged = Allowed | { readonly label: string; readonly name: string; readonly refused: RefusedValue }

async function judge(tx: Tx, { requests, actor, compileSchema }: ValuesInput): Promise<Judged[]> {
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
  const keys = asked.map(({ request, found: holder, value }) => ({
    ...{ attribute: request.name, subject: holder?.subject ?? 0, object: holder?.object ?? 0, value },
  }))
  const standings = actor === undefined ? [] : await standingsOf(tx, actor, found)
  const [held, owners, lists] = [await readHeld(tx, keys), await ownersOf(tx, keys), await brokenLists(tx, keys)]
  return asked.map(({ request: { holder, name }, found: there, value }, index): Judged => {
    const label = there?.name ?? showHolder(holder)
    const standing = standings[index]
    const question = { name, value, found: there, held: held[index], owner: owners[index], list: lists[index] }
    const refused = refusalOfValue({ ...question, standing, definitions, compileSchema })
    if (refused !== undefined || there === undefined) return { label, name, refused: refused ?? unknownHolder }
    return { label, name, value, found: there, isOneself: standing?.roles.has('self') === true }
  })
}

/** Text that is no value of the type stays text, which is then refused. */
function valueOf({ value, text }: ValueOn, definition: Definition | undefined): JsonValue | undefined {
  if (text === undefined) return value
  return definition === undefined ? text : (readValue(definition.type, text) ?? text)
}

/** Of two requests for one value the later one stands. */
function latest(allowed: readonly Allowed[]): Allowed[] {
  return [...new Map(allowed.map((one) => [keyOfValue(writtenOf(one)), one])).values()]
}

function writtenOf({ name, value, found: { subject, object } }: Allowed): WrittenValue {
  return { attribute: name, subject, object, value }
}

async function carryOut(tx: Tx, trail: Trail, allowed: readonly Allowed[]): Promise<readonly ChangedValue[]> {
  const persons = [...new Set(allowed.flatMap(({ found }) => found.person ?? []))]
  const { rows: vos } = await tx.query<{ id: number; name: string; persons: number[] }>(
    `select vo.id, vo.name, array_agg(mb.person_id) as persons
     from member mb join vo on vo.id = mb.vo_id where mb.person_id = any($1) group by 1, 2 order by 2`,
    [persons],
  )
  const changed: ChangedValue[] = []
  await withConsequences(tx, trail, {
    bearing: { persons, vos: vos.map(({ name }) => name), guarded: { what: 'values of attributes' } },
    change: async () => {
      for (const isOneself of [false, true]) {
        const values = allowed.filter((one) => one.isOneself === isOneself).map(writtenOf)
        changed.push(...(await writeValues(tx, { values, origin: isOneself ? 'self' : 'manager' })))
      }
      const names = [...new Set(changed.map(({ attribute }) => attribute))]
      const reason = `${names.join(', ')} changed by ${trail.cause.actor}`
      for (const { id, persons: members } of vos)
        await settleMembers(tx, trail, { vo: id, persons: members, lifted: [], reason })
    },
    showing: () => servicesShowing(tx, changed),
  })
  return changed
}

function eventsOf(
  changed: readonly ChangedValue[],
  { allowed, reason }: { readonly allowed: readonly Allowed[]; readonly reason: string },
): EventRow[] {
  const labels = new Map(allowed.map((one) => [keyOfValue(writtenOf(one)), one]))
  return changed.map((one) => {
    const { found } = labels.get(keyOfValue(one)) ?? {}
    const { attribute: name, before, value: after } = one
    const vo = found?.vo === null || found?.vo === undefined ? {} : { vo: found.vo }
    const personal = { holder: found?.name, before, after, reason }
    return { action: after === undefined ? 'unset' : 'set', kind: 'Value', ...vo, name, personal }
  })
}

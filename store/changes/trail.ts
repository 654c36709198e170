import type { QueryResultRow } from 'pg'
import type { Authentication } from '../../core/model/authentication.ts'
import { lockShared } from '../locks.ts'
import type { Tx } from '../pool.ts'
import { voOfEvent } from '../queries/audit-events.ts'

/** Who or which commit causes a transaction's changes. */
export interface Cause {
  readonly commit?: string
  readonly actor: string
  /** Of somebody who acts. */
  readonly authentication?: Authentication | undefined
}

/** The audit events of one transaction. */
export interface Trail {
  readonly batch: string
  readonly cause: Cause
  readonly at: Date
}

/** One event to record; `personal` lies apart from it and can be erased. */
export interface EventRow {
  readonly action: string
  readonly kind: string
  readonly vo?: string | undefined
  readonly name: string
  readonly personal: object
}

/** What a transaction has recorded so far, until its chain is closed. */
const open = new WeakMap<Tx, Trail>()

/** Begins the audit events of the current transaction, or goes on with them. */
export async function beginTrail(tx: Tx, cause: Cause, at: Date): Promise<Trail> {
  const begun = open.get(tx)
  if (begun !== undefined) return { batch: begun.batch, cause, at }
  const { rows } = await tx.query<{ batch: string }>(`select nextval('event_batch')::text as batch`)
  const trail = { batch: rows[0]?.batch ?? '', cause, at }
  open.set(tx, trail)
  return trail
}

/** Records events. */
export async function recordEvents(tx: Tx, trail: Trail, events: readonly EventRow[]): Promise<void> {
  if (events.length === 0) return
  const source = `select x.* from json_to_recordset($5::json) as x(action text, kind text, vo text, name text, personal jsonb)`
  await recordSelected(tx, trail, { select: source, parameters: [JSON.stringify(events)] })
}

/** Where the events of one statement come from. */
interface Recording {
  /** Items of a `with` list that come before, for writes whose rows are the events; each ends with a comma. */
  readonly steps?: string
  /** One event per row (action, kind, vo, name, personal). */
  readonly select: string
  /** Of all of it; they begin at $5. */
  readonly parameters: readonly unknown[]
  /** What the statement returns of its steps; nothing where absent. */
  readonly result?: string
}

/**
 * Records one event per row of a select, beside what its steps write, for which the moment is $2. A person who acts stands
 * in it as `person:<id>`, for what is public is never erased; by which identity they acted is personal.
 */
export async function recordSelected<Row extends QueryResultRow = never>(
  tx: Tx,
  trail: Trail,
  { steps = '', select, parameters, result = 'select limit 0' }: Recording,
): Promise<Row[]> {
  const { batch, at, cause } = trail
  const { actor, authentication, commit } = cause
  const { rows } = await tx.query<Row>(
    `with ${steps} source as (${select}),
     acting as materialized (
       select coalesce('person:' || i.person_id, $3) as actor, i.ref from (values (1)) one left join identity i on i.ref = $3
     ), prepared as materialized (
       select salted.*, sha256(salt || convert_to(personal::text, 'UTF8')) as detail_hash
       from (
         select nextval('event_id_seq') as id, acting.actor, source.action, source.kind, source.vo, source.name,
           case when acting.ref is null then source.personal
             else source.personal || jsonb_build_object('by', acting.ref) end as personal,
           uuid_send(gen_random_uuid()) as salt
         from source cross join acting
       ) salted
     ), head as materialized (
       select event_head($2, actor, ($4::text[])[1], ($4::text[])[2]) as head from acting
     ), inserted as (
       insert into event (id, batch, at, actor, authentication, commit, action, kind, vo, name, detail_hash, hash)
       overriding system value
       select id, $1::bigint, $2, actor, ($4::text[])[1], ($4::text[])[2], action, kind, vo, name, detail_hash,
         event_hash(head, action, kind, vo, name, detail_hash)
       from prepared cross join head
     ), placed as (
       insert into event_vo (vo, batch)
       select distinct ${voOfEvent('prepared')}, $1::bigint from prepared where ${voOfEvent('prepared')} is not null
       on conflict do nothing
     ), detailed as (
       insert into event_detail (event_id, salt, personal) select id, salt, personal from prepared
     )
     ${result}`,
    [batch, at, actor, [authentication ?? null, commit ?? null], ...parameters],
  )
  return rows
}

/** Records one event of the current transaction, whose end closes the chain over it. */
export async function recordEvent(tx: Tx, { cause, at }: Omit<Trail, 'batch'>, event: EventRow): Promise<void> {
  await recordEvents(tx, await beginTrail(tx, cause, at), [event])
}

/** Closes the chain over what the transaction recorded and nobody closed yet. */
export async function closeOpenTrail(tx: Tx): Promise<void> {
  const trail = open.get(tx)
  if (trail !== undefined) await closeTrail(tx, trail)
}

/** Forgets the trail of a transaction that has ended: the client goes on to others. */
export function forgetTrail(tx: Tx): void {
  open.delete(tx)
}

/** Closes the chain over the transaction's events and returns the link's number; must be the last statement before commit. */
export async function closeTrail(tx: Tx, trail: Trail): Promise<number | undefined> {
  open.delete(tx)
  await lockShared(tx, 'audit')
  const { rows } = await tx.query<{ number: string }>(
    `with own as materialized (
       select count(*)::integer as events, string_agg(hash, ''::bytea order by id) as hashes from event where batch = $1
     ), linked as (
       insert into chain (number, batch, events, hash, at)
       select head.number + 1, $1, own.events, chain_hash(head.hash, head.number + 1, own.events, own.hashes), $2
       from chain_head head, own where own.events > 0
       returning number, hash
     )
     update chain_head set number = linked.number, hash = linked.hash from linked returning chain_head.number`,
    [trail.batch, trail.at],
  )
  return rows[0] === undefined ? undefined : Number(rows[0].number)
}

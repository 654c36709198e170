import type { Pool } from 'pg'
import { inTransaction, type Db } from './pool.ts'

/** The first place where the trail is not what was written. */
export interface BrokenLink {
  readonly transaction: number
  /** Of table event, where one event can be named. */
  readonly event?: number
  readonly reason: string
}

export interface AuditVerdict {
  readonly valid: boolean
  readonly transactions: number
  readonly events: number
  readonly firstBad?: BrokenLink
}

interface Link {
  readonly number: number
  readonly expected: number
  readonly events: number
  readonly found: number
  readonly sound: boolean
  readonly bad_event: string | null
}

const batchSize = 500

/** The number of the last link of the audit chain: as long as it stays, nothing that a plan depends on was changed. */
export async function readChainEnd(db: Db): Promise<number> {
  const { rows } = await db.query<{ number: string }>('select number from chain_head')
  return Number(rows[0]?.number ?? 0)
}

/** Recomputes every hash of the trail, a stretch of the chain at a time, and names the first row that does not fit. */
export async function verifyAudit(pool: Pool): Promise<AuditVerdict> {
  return inTransaction(pool, verify, { isolation: 'repeatable read' })
}

async function verify(db: Db): Promise<AuditVerdict> {
  let last = 0
  let events = 0
  for (;;) {
    const links = await readLinks(db, last)
    for (const [index, link] of links.entries()) {
      const reason = faultOf(link, last + index + 1)
      if (reason === undefined) {
        events += link.events
        continue
      }
      const event = link.bad_event === null ? {} : { event: Number(link.bad_event) }
      const transaction = last + index + 1
      return { valid: false, transactions: transaction - 1, events, firstBad: { transaction, ...event, reason } }
    }
    if (links.length === 0) break
    last += links.length
  }
  const firstBad = (await tailFault(db, last)) ?? (await strayEvent(db, last))
  const counts = { transactions: last, events }
  return firstBad === undefined ? { valid: true, ...counts } : { valid: false, ...counts, firstBad }
}

function faultOf(link: Link, expected: number): string | undefined {
  if (link.number !== expected) return 'a transaction is missing from the chain'
  if (link.bad_event !== null) return 'the event is not what was written'
  if (link.found < link.events) return 'an event was removed'
  if (link.found > link.events) return 'an event was inserted'
  return link.sound
    ? undefined
    : 'the events or the transactions before are not those that were written, or not in this order'
}

async function readLinks(db: Db, after: number): Promise<Link[]> {
  const { rows } = await db.query<Link>(
    `select c.number::integer, c.events, own.found, own.bad_event,
       c.hash = chain_hash(coalesce(before.hash, ''), c.number, c.events, own.hashes) as sound
     from (select * from chain where number > $1 order by number limit ${batchSize}) c
     left join chain before on before.number = c.number - 1
     cross join lateral (
       select count(*)::integer as found, coalesce(string_agg(e.hash, ''::bytea order by e.id), '') as hashes,
         min(e.id) filter (
           where e.hash <> event_hash(e)
             or e.detail_hash <> sha256(d.salt || convert_to(d.personal::text, 'UTF8')))::text as bad_event
       from event e left join event_detail d on d.event_id = e.id
       where e.batch = c.batch
     ) own
     order by c.number`,
    [after],
  )
  return rows
}

/** The head repeats the newest link, so that a tail cut off shows. */
async function tailFault(db: Db, last: number): Promise<BrokenLink | undefined> {
  const { rows } = await db.query<{ number: number; same: boolean }>(
    `select h.number::integer, h.hash = coalesce((select hash from chain where number = $1), '') as same from chain_head h`,
    [last],
  )
  const head = rows[0]
  if (head === undefined) return { transaction: last + 1, reason: 'the head of the chain is missing' }
  if (head.number > last) return { transaction: last + 1, reason: 'the newest transactions are missing' }
  if (head.number < last || !head.same) return { transaction: last, reason: 'the newest transactions were inserted' }
  return undefined
}

async function strayEvent(db: Db, last: number): Promise<BrokenLink | undefined> {
  const { rows } = await db.query<{ id: string }>(
    `select min(e.id)::text as id from event e where not exists (select 1 from chain c where c.batch = e.batch) having count(*) > 0`,
  )
  const stray = rows[0]
  return (
    stray && { transaction: last, event: Number(stray.id), reason: 'the event belongs to no transaction of the chain' }
  )
}

import { GuildhallError } from '../../core/errors.ts'
import type { ListedBlock } from '../../core/model/answers.ts'
import { readBlock, type BlockPlace } from '../delivery-blocks.ts'
import type { Tx } from '../pool.ts'
import { deliveryPlaceName, idsOfPlace, type PlaceIds } from './delivery-place.ts'
import { servicesTouched, writeOutbox, type FacilityService } from './outbox.ts'
import { recordEvent, type Cause } from './trail.ts'

/** What to block, or to block no longer, and whose word that is. */
interface Word {
  readonly place: BlockPlace
  readonly cause: Cause
  readonly reason: string
  readonly now: Date
}

/** A block; with an end it is a pause. */
export interface BlockInput extends Word {
  readonly until?: Date
}

/** Which of the two to lift. */
export interface UnblockInput extends Word {
  readonly kind: ListedBlock['kind']
}

/** What stands now, and whether that is new. */
export interface BlockAnswer {
  readonly changed: boolean
  readonly block: ListedBlock
}

/** What somebody waits for at a screen. */
const singlePriority = 2

/**
 * Keeps deliveries from going out, or a person out of files, in the caller's transaction. What stands already stays as it is; a
 * pause gets the new end where that is later. Throws OBJECT_UNKNOWN, IDENTITY_UNKNOWN.
 */
export async function blockDeliveries(tx: Tx, input: BlockInput): Promise<BlockAnswer> {
  const { cause, now, place, reason, until } = input
  const ids = await idsOfPlace(tx, place, 'block')
  const kind = until === undefined ? 'block' : 'pause'
  const { rows } = await tx.query<{ id: number }>(
    `insert into delivery_block
       (facility_id, service_id, destination, person_id, kind, reason, actor, authentication, since, ends_at)
     values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10)
     on conflict (facility_id, service_id, destination, person_id, kind) do update
     set reason = excluded.reason, actor = excluded.actor, authentication = excluded.authentication, ends_at = excluded.ends_at
     where excluded.ends_at > delivery_block.ends_at
     returning id`,
    [...valuesOf(ids), kind, reason, cause.actor, cause.authentication, now, until],
  )
  const made = rows[0]?.id
  const block = await readBlock(tx, made ?? (await findBlock(tx, ids, kind)) ?? 0)
  if (block === undefined) throw new GuildhallError('UNEXPECTED', 'Cannot block: somebody lifts it just now; try again')
  if (made === undefined) return { changed: false, block }
  await recordBlock(tx, { ...input, action: kind, block })
  if (ids.person !== null) await tellServices(tx, ids, now)
  return { changed: true, block }
}

/** Lifts a block or a pause, in the caller's transaction, and has what it kept back go out; undefined where there is none. Throws OBJECT_UNKNOWN, IDENTITY_UNKNOWN. */
export async function unblockDeliveries(tx: Tx, input: UnblockInput): Promise<ListedBlock | undefined> {
  const { kind, now, place } = input
  const ids = await idsOfPlace(tx, place, 'unblock')
  const id = await findBlock(tx, ids, kind)
  return id === undefined ? undefined : lift(tx, { ...input, id, now })
}

/** Ends the pauses whose end has come, in the caller's transaction, and has what they kept back go out; tells how many. */
export async function endPauses(tx: Tx, now: Date): Promise<number> {
  const { rows } = await tx.query<{ id: number }>(
    'select id from delivery_block where ends_at <= $1 order by id for update skip locked',
    [now],
  )
  for (const { id } of rows) await lift(tx, { kind: 'pause', id, cause: { actor: 'clock' }, reason: '', now })
  return rows.length
}

async function lift(
  tx: Tx,
  { id, ...word }: Omit<UnblockInput, 'place'> & { readonly id: number },
): Promise<ListedBlock | undefined> {
  const block = await readBlock(tx, id)
  const { rows } = await tx.query<PlaceIds>(
    `delete from delivery_block where id = $1
     returning facility_id as facility, service_id as service, destination, person_id as person`,
    [id],
  )
  const [ids] = rows
  if (block === undefined || ids === undefined) return undefined
  await recordBlock(tx, { ...word, action: word.kind === 'pause' ? 'unpause' : 'unblock', block })
  await tellServices(tx, ids, word.now)
  return block
}

/** Snapshots are taken anew of what goes out again, or shows somebody who was blocked. */
async function tellServices(tx: Tx, { facility, service, person }: PlaceIds, at: Date): Promise<void> {
  const isHere = (one: FacilityService) => facility === null || one.facility === facility
  const touched =
    person === null
      ? await servicesTouched(tx, {
          groups: [],
          resources: [],
          persons: [],
          facilities: facility === null ? [] : [facility],
        })
      : await servicesTouched(tx, { groups: [], resources: [], persons: [person], facilities: [] })
  const services = touched.filter((one) => isHere(one) && (service === null || one.service === service))
  await writeOutbox(tx, { services, priority: singlePriority, at })
}

async function recordBlock(
  tx: Tx,
  { action, block, cause, now, reason }: Omit<Word, 'place'> & { readonly action: string; readonly block: ListedBlock },
): Promise<void> {
  const { user, until } = block
  await recordEvent(
    tx,
    { cause, at: now },
    {
      ...{ action, kind: 'Delivery', name: deliveryPlaceName(block) },
      personal: {
        ...(user === null ? {} : { user }),
        ...(reason === '' ? {} : { reason }),
        ...(until === null ? {} : { until }),
      },
    },
  )
}

async function findBlock(tx: Tx, ids: PlaceIds, kind: ListedBlock['kind']): Promise<number | undefined> {
  const { rows } = await tx.query<{ id: number }>(
    `select id from delivery_block b
     where b.facility_id is not distinct from $1 and b.service_id is not distinct from $2
       and b.destination is not distinct from $3 and b.person_id is not distinct from $4 and b.kind = $5
     for update`,
    [...valuesOf(ids), kind],
  )
  return rows[0]?.id
}

function valuesOf({ facility, service, destination, person }: PlaceIds): readonly unknown[] {
  return [facility, service, destination, person]
}

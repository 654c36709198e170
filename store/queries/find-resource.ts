import type { Db } from '../pool.ts'
import { findObject, standingIn } from './find-set.ts'
import { notInForce } from './not-in-force.ts'
import type { AsOf, Standing } from './standing.ts'

/** A resource with what it lies on and in, as it is or was. */
export interface FoundResource {
  readonly voId: number
  readonly vo: string
  readonly resourceId: number
  readonly resource: string
  readonly facilityId: number
  readonly facility: string
  readonly isWithinOffer: boolean
  /** The levels of assurance that the offer asks for, null where any will do. */
  readonly accepts: readonly number[] | null
  /** The offer's name, where the resource names it. */
  readonly offer: string | null
  /** Null, like the three below, where it is gone. */
  readonly resourceFile: string | null
  readonly resourceLine: number | null
  readonly facilityFile: string | null
  readonly facilityLine: number | null
  readonly standing: Standing
}

/** Finds a resource by the name that it has, or had then; OBJECT_UNKNOWN where there is none. */
export async function findResource(
  db: Db,
  asked: { readonly vo: string; readonly resource: string; readonly asOf?: AsOf | undefined; readonly askedAt: Date },
): Promise<FoundResource> {
  const standing = await standingIn(db, asked)
  const named = { kind: 'resource', vo: asked.vo, name: asked.resource } as const
  const found = await findObject(db, standing, named)
  const place = found === undefined ? undefined : await read(db, standing, found.id)
  if (place === undefined) throw await notInForce(db, 'explain access to', named)
  return { ...place, standing }
}

async function read(db: Db, standing: Standing, id: number): Promise<Omit<FoundResource, 'standing'> | undefined> {
  const { isPast, relations, moment } = standing
  const { vo, resource, facility } = relations(2)
  const offer = isPast
    ? `coalesce(o.within_offer, true) as "isWithinOffer", o.accepts, null as offer`
    : `r.within_offer as "isWithinOffer", r.accepts, r.spec->>'offer' as offer`
  const { rows } = await db.query<Omit<FoundResource, 'standing'>>(
    `select vo.id as "voId", vo.name as vo, r.id as "resourceId", r.name as resource, f.id as "facilityId", f.name as facility,
       ${offer}, r.file as "resourceFile", r.line as "resourceLine", f.file as "facilityFile", f.line as "facilityLine"
     from ${resource} r join ${vo} vo on vo.id = r.vo_id join ${facility} f on f.id = r.facility_id
     ${isPast ? 'left join lateral offer_at(r.id, $2) o on true' : ''}
     where r.id = $1`,
    [id, ...moment],
  )
  return rows[0]
}

import { GuildhallError } from '../../core/errors.ts'
import { whatThereIs } from '../../core/model/nearest.ts'
import type { Db } from '../pool.ts'

/** Something that somebody names. */
export type NamedObject =
  | { readonly kind: 'facility' | 'source'; readonly name: string }
  | { readonly kind: 'vo'; readonly vo: string }
  | { readonly kind: 'group' | 'resource'; readonly vo: string; readonly name: string }
  | { readonly kind: 'host'; readonly facility: string; readonly name: string }

/** What is not there, and what is instead. */
export interface MissingObject {
  /** As it is named: `group "astro/telescop"`. */
  readonly what: string
  readonly name: string
  /** The end of a message. */
  readonly hint: string
}

const namesOf: Readonly<Record<NamedObject['kind'], string>> = {
  vo: 'select name from vo where $1::text is null',
  facility: 'select name from facility where $1::text is null',
  source: 'select name from source where $1::text is null',
  group: 'select g.name from groups g join vo on vo.id = g.vo_id where vo.name = $1 and not g.is_members',
  resource: 'select r.name from resource r join vo on vo.id = r.vo_id where vo.name = $1',
  host: 'select h.name from facility_host h join facility f on f.id = h.facility_id where f.name = $1',
}

/** Says what of something that somebody names is not in force: what it lies in, or itself; undefined where all of it is. */
export async function findMissing(db: Db, object: NamedObject): Promise<MissingObject | undefined> {
  switch (object.kind) {
    case 'facility':
    case 'source':
      return missing(db, object)
    case 'vo':
      return missing(db, { kind: 'vo', name: object.vo })
    case 'group':
    case 'resource':
      return (
        (await missing(db, { kind: 'vo', name: object.vo })) ?? (await missing(db, { ...object, within: object.vo }))
      )
    case 'host':
      return (
        (await missing(db, { kind: 'facility', name: object.facility })) ??
        (await missing(db, { ...object, within: object.facility }))
      )
  }
}

interface Name {
  readonly kind: NamedObject['kind']
  readonly name: string
  readonly within?: string
}

async function missing(db: Db, { kind, name, within }: Name): Promise<MissingObject | undefined> {
  const { rows } = await db.query<{ name: string }>(`${namesOf[kind]} order by 1`, [within ?? null])
  const names = rows.map((row) => row.name)
  if (names.includes(name)) return undefined
  const path = within === undefined ? name : `${within}/${name}`
  return { what: `${kind === 'vo' ? 'VO' : kind} "${path}"`, name: path, hint: whatThereIs(name, names) }
}

/** OBJECT_UNKNOWN: what was tried with something that is not in force, such as `act on`. */
export async function notInForce(db: Db, tried: string, object: NamedObject): Promise<GuildhallError> {
  const found = await findMissing(db, object)
  // There by now, or never to be named like this, as the group of all members.
  const { what, name, hint } = found ?? { what: `this ${object.kind}`, name: object.kind, hint: '; try again' }
  return new GuildhallError('OBJECT_UNKNOWN', `Cannot ${tried} ${what}: it is not in force${hint}`, { facts: { name } })
}

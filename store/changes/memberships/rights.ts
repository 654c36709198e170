import { GuildhallError } from '../../../core/errors.ts'
import type { IdentityRef } from '../../../core/model/state.ts'
import type { Tx } from '../../pool.ts'

/** What somebody wants to act on. */
export type ActPlace =
  | { readonly kind: 'vo'; readonly vo: string }
  | { readonly kind: 'group' | 'resource'; readonly vo: string; readonly name: string }
  | { readonly kind: 'facility'; readonly name: string }
  | { readonly kind: 'instance' }

/** Who wants to act on whom. */
export interface Wish {
  readonly actor: IdentityRef
  readonly place: ActPlace
  readonly users: readonly IdentityRef[]
  /** What they want to do; all that managers do where it is not said. */
  readonly right?: Right
  /** Leaving is for oneself. */
  readonly isForOneself: boolean
  /** Who one is then, or who else the caller has let pass; the member where it is not said. */
  readonly oneself?: string
}

/** Whose managers and others may act, besides the instance's admins, on a group those of the groups above it too: the documents that $2 (VO) and $3 (name) name. */
const managedBy: Readonly<Record<ActPlace['kind'], readonly string[]>> = {
  vo: [`select name, spec from vo where name = $2`],
  group: [
    `select name, spec from vo where name = $2`,
    `select vo.name, g.spec from groups g join vo on vo.id = g.vo_id where vo.name = $2
       and (g.name = $3 or starts_with($3, g.name || ':'))`,
  ],
  resource: [
    `select name, spec from vo where name = $2`,
    `select vo.name, r.spec from resource r join vo on vo.id = r.vo_id where vo.name = $2 and r.name = $3`,
    `select '', f.spec from resource r join vo on vo.id = r.vo_id join facility f on f.id = r.facility_id
     where vo.name = $2 and r.name = $3`,
  ],
  facility: [`select '', spec from facility where name = $3`],
  instance: [`select ''::text, '{}'::jsonb`],
}

/** What may be delegated, and the keys of documents that name who may do it. */
const holders = {
  all: ['managers'],
  memberships: ['managers', 'membershipManagers'],
  bans: ['managers', 'banManagers'],
} as const

/** A part of what managers do, which others may do too. */
type Right = keyof typeof holders

const named: Readonly<Record<Right, string>> = {
  all: 'a manager',
  memberships: 'a manager or membership manager',
  bans: 'a manager or ban manager',
}

/** Who would have the right, as people read it. */
function whoMay(right: Right, place: ActPlace): string | undefined {
  switch (place.kind) {
    case 'vo':
      return `${named[right]} of the VO`
    case 'group':
      return `${named[right]} of the VO or of the group${place.name.includes(':') ? ', or of one above it' : ''}`
    case 'resource':
      return `${named[right]} of the VO, or a manager of the resource or of its facility`
    case 'facility':
      return 'a manager of the facility'
    case 'instance':
      return undefined
  }
}

/** Somebody has no right to what they want to do. */
interface MissingRight {
  readonly reason: 'not-allowed'
  readonly message: string
  /** Who would have it, as the end of a message. */
  readonly expected: string
}

/**
 * Lets pass an admin of the instance, whoever has the right at the place or at what it lies in, and who acts on nobody but
 * themselves.
 */
export async function requireRight(tx: Tx, wish: Wish): Promise<void> {
  const missing = await missingRight(tx, wish)
  if (missing === undefined) return
  const { actor, place } = wish
  throw new GuildhallError(
    'ACTOR_NOT_ELIGIBLE',
    `Cannot act on ${placeName(place)} as "${actor}": ${missing.expected}`,
    { facts: factsOf(actor, place) },
  )
}

/** Lets pass who leaves by themselves and nobody else, so that no manager puts people out in their name. */
export async function requireLeaver(
  tx: Tx,
  { actor, place, users }: Pick<Wish, 'actor' | 'place' | 'users'>,
): Promise<void> {
  const { isOneself } = await findActor(tx, actor, users)
  if (isOneself) return
  throw new GuildhallError(
    'ACTOR_NOT_ELIGIBLE',
    `Cannot act on ${placeName(place)} as "${actor}": only members themselves leave; put others out by \`remove\` or \`disable\`, or leave out \`--as\` where they asked for it`,
    { facts: factsOf(actor, place) },
  )
}

/** Says that somebody has no right, and who would have it; undefined where they have it. Throws IDENTITY_UNKNOWN. */
export async function missingRight(tx: Tx, wish: Wish): Promise<MissingRight | undefined> {
  const { actor, place, users, isForOneself, right = 'all', oneself = isForOneself ? 'the member' : undefined } = wish
  const { person, isOneself } = await findActor(tx, actor, users)
  if (isForOneself && isOneself) return undefined
  if (await hasRight(tx, person, { place, right })) return undefined
  const eligible = [oneself, whoMay(right, place), 'an admin of the instance'].filter((one) => one !== undefined)
  const expected = `expected ${eligible.join(', or ')}`
  return { reason: 'not-allowed', message: `"${actor}" may not: ${expected}`, expected }
}

/** Finds who acts, and whether on nobody but themselves. Throws IDENTITY_UNKNOWN. */
async function findActor(
  tx: Tx,
  actor: IdentityRef,
  users: readonly IdentityRef[],
): Promise<{ readonly person: number; readonly isOneself: boolean }> {
  const { rows } = await tx.query<{ person: number; isOneself: boolean }>(
    `select i.person_id as person, not exists (
       select 1 from unnest($2::text[]) as u(ref) left join identity o on o.ref = u.ref where o.person_id is distinct from i.person_id
     ) as "isOneself"
     from identity i where i.ref = $1`,
    [actor, users],
  )
  const [found] = rows
  if (found === undefined) throw unknownActor(actor)
  return found
}

/** IDENTITY_UNKNOWN: nobody has the identity that somebody wants to act as. */
export function unknownActor(actor: IdentityRef): GuildhallError {
  return new GuildhallError(
    'IDENTITY_UNKNOWN',
    `Cannot act as "${actor}": nobody has this identity; expected one such as "idp/ada"`,
    { facts: { identity: actor } },
  )
}

function factsOf(actor: IdentityRef, place: ActPlace): Readonly<Record<string, string>> {
  return { identity: actor, ...(place.kind === 'instance' ? {} : { place: pathOf(place) }) }
}

function placeName(place: ActPlace): string {
  if (place.kind === 'instance') return 'people'
  return `people of ${place.kind === 'vo' ? 'VO' : place.kind} "${pathOf(place)}"`
}

function pathOf(place: Exclude<ActPlace, { readonly kind: 'instance' }>): string {
  if (place.kind === 'facility') return place.name
  return place.kind === 'vo' ? place.vo : `${place.vo}/${place.name}`
}

async function hasRight(
  tx: Tx,
  person: number,
  { place, right }: { readonly place: ActPlace; readonly right: Right },
): Promise<boolean> {
  const { rowCount } = await tx.query(
    `with document(vo, spec) as (${managedBy[place.kind].join(' union all ')})
     select 1 from instance where is_among(spec->'admins', '', $1)
     union all
     select 1 from document, unnest($4::text[]) as key
     where $2::text is not null and $3::text is not null and is_among(document.spec->key, document.vo, $1)
     limit 1`,
    [person, 'vo' in place ? place.vo : '', 'name' in place ? place.name : '', holders[right]],
  )
  return rowCount === 1
}

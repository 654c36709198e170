import { GuildhallError } from '../../../core/errors.ts'
import type { IdentityRef } from '../../../core/model/state.ts'
import type { Tx } from '../../pool.ts'

/** What somebody wants to act on. */
type ActPlace =
  | { readonly kind: 'vo'; readonly vo: string }
  | { readonly kind: 'group' | 'resource'; readonly vo: string; readonly name: string }
  | { readonly kind: 'facility'; readonly name: string }
  | { readonly kind: 'instance' }

/** Who wants to act on whom. */
interface Wish {
  readonly actor: IdentityRef
  readonly place: ActPlace
  readonly users: readonly IdentityRef[]
  /** Leaving is for oneself. */
  readonly isForOneself: boolean
}

/** Whose managers may act, besides the instance's admins: the documents that $2 (VO) and $3 (name) name. */
const managedBy: Readonly<Record<ActPlace['kind'], readonly string[]>> = {
  vo: [`select name, spec from vo where name = $2`],
  group: [
    `select name, spec from vo where name = $2`,
    `select vo.name, g.spec from groups g join vo on vo.id = g.vo_id where vo.name = $2 and g.name = $3`,
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

const managers: Readonly<Record<ActPlace['kind'], string | undefined>> = {
  vo: 'a manager of the VO',
  group: 'a manager of the VO or of the group',
  resource: 'a manager of the VO, of the resource or of its facility',
  facility: 'a manager of the facility',
  instance: undefined,
}

/** Lets pass an admin of the instance, a manager of the place or of what it lies in, and whoever acts on nobody but themselves. */
export async function requireRight(tx: Tx, { actor, place, users, isForOneself }: Wish): Promise<void> {
  const { rows } = await tx.query<{ person_id: number; is_oneself: boolean }>(
    `select i.person_id, not exists (
       select 1 from unnest($2::text[]) as u(ref) left join identity o on o.ref = u.ref where o.person_id is distinct from i.person_id
     ) as is_oneself
     from identity i where i.ref = $1`,
    [actor, users],
  )
  const [person] = rows
  if (person === undefined) {
    throw new GuildhallError(
      'IDENTITY_UNKNOWN',
      `Cannot act as "${actor}": nobody has this identity; expected one such as "idp/ada"`,
      { facts: { identity: actor } },
    )
  }
  if (isForOneself && person.is_oneself) return
  if (await manages(tx, person.person_id, place)) return
  const name = placeName(place)
  const expected = [isForOneself ? 'the member' : undefined, managers[place.kind], 'an admin of the instance']
  throw new GuildhallError(
    'ACTOR_NOT_ELIGIBLE',
    `Cannot act on ${name} as "${actor}": expected ${expected.filter((one) => one !== undefined).join(', or ')}`,
    { facts: { identity: actor, ...(place.kind === 'instance' ? {} : { place: pathOf(place) }) } },
  )
}

function placeName(place: ActPlace): string {
  if (place.kind === 'instance') return 'people'
  return `people of ${place.kind === 'vo' ? 'VO' : place.kind} "${pathOf(place)}"`
}

function pathOf(place: Exclude<ActPlace, { readonly kind: 'instance' }>): string {
  if (place.kind === 'facility') return place.name
  return place.kind === 'vo' ? place.vo : `${place.vo}/${place.name}`
}

async function manages(tx: Tx, person: number, place: ActPlace): Promise<boolean> {
  const { rowCount } = await tx.query(
    `with document(vo, spec) as (${managedBy[place.kind].join(' union all ')}),
     named as (
       select '' as vo, jsonb_array_elements(coalesce(spec->'admins', '[]')) as manager from instance
       union all
       select vo, jsonb_array_elements(coalesce(spec->'managers', '[]')) from document
       where $2::text is not null and $3::text is not null
     ), managing as (
       select split_part(path, '/', 1) as vo, split_part(path, '/', 2) as name
       from (select case when manager->>'group' like '%/%' then manager->>'group' else vo || '/' || (manager->>'group') end as path
             from named where manager ? 'group') x
     )
     select 1 from named join identity i on i.ref = manager->>'user' where i.person_id = $1
     union all
     select 1 from managing x
     join vo on vo.name = x.vo
     join member mb on (mb.vo_id, mb.person_id) = (vo.id, $1) and mb.status = 'VALID'
     where x.name = 'members' or exists (
       select 1 from groups g join closure c on c.above = g.id
       join membership m on m.group_id = c.below and m.person_id = $1 and m.status = 'VALID'
       where g.vo_id = vo.id and g.name = x.name)
     limit 1`,
    [person, 'vo' in place ? place.vo : '', 'name' in place ? place.name : ''],
  )
  return rowCount === 1
}

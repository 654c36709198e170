import type { ConfigObject } from '../../../core/model/config-object.ts'
import type { IdentityRef, UserId } from '../../../core/model/state.ts'
import { wordsOfAttribute } from '../../../core/policy/words-of-attribute.ts'
import type { Db } from '../../pool.ts'
import { unknownActor } from '../memberships/rights.ts'
import type { FoundHolder } from './find-holders.ts'

/** Somebody that an attribute lets read or write. */
export type Reader = NonNullable<ConfigObject<'Attribute'>['spec']['read']>[number]

/** Who somebody is to each of some holders, in their order; an admin of the instance is all of it. */
export type Standings = readonly {
  readonly actor: UserId
  readonly isAdmin: boolean
  readonly roles: ReadonlySet<Reader>
  /** Of a service account that they own: what its owners may do for it; undefined of others. */
  readonly mayAct: readonly string[] | undefined
}[]

/** Who may read and write where the attribute does not say it. */
export const usually: Readonly<Record<'read' | 'write', readonly Reader[]>> = {
  read: ['self', 'vo-managers', 'group-managers', 'facility-managers'],
  write: ['nobody'],
}

/** Says who may read or write a value, to somebody who may not. */
export function whoMay(verb: 'read' | 'write', allowed: readonly Reader[]): string {
  const some = allowed.filter((one) => one !== 'nobody')
  const admins = `an admin of the instance may ${verb} it`
  return some.length === 0
    ? `its Attribute document names nobody under \`${verb}\`; only ${admins}`
    : `only ${some.join(', ')} may ${verb} it, as its Attribute document says; ${admins}, too`
}

/** Tells whether somebody who stands so to the holder may do what the attribute allows these. */
export function mayTouch(allowed: readonly Reader[], standing: Standings[number], name: string): boolean {
  return mayThemselves(allowed, standing) || (allowed.includes('self') && isForAccount(standing, name))
}

/** The same without what owners may do for their accounts. */
export function mayThemselves(allowed: readonly Reader[], { isAdmin, roles }: Standings[number]): boolean {
  return isAdmin || allowed.some((one) => one === 'everyone' || roles.has(one))
}

/** Tells whether somebody owns the account that an attribute is of, and owners may do what goes by its name. */
export function isForAccount({ mayAct = [] }: Standings[number], name: string): boolean {
  return wordsOfAttribute(name).some((word) => mayAct.includes(word))
}

/** What a value is of, and what that lies in. */
export type Bearer = Pick<FoundHolder, 'facilityId' | 'groupId' | 'person' | 'voId'>

/** Says what the actor is to the holders: the person, or a manager of something that they lie in or have to do with. */
export async function standingsOf(
  db: Db,
  actor: IdentityRef,
  holders: readonly (Bearer | undefined)[],
): Promise<Standings> {
  const managed = await managedBy(db, actor)
  const { rows } = await db.query<StandingRow>(
    `select x.person_id is not distinct from $1 as self,
       (select a.may_act from owned_account a where a.person_id = x.person_id and $1 = any(a.owners)) as may_act,
       x.vo_id = any($2) is true or x.vo_id is null and exists (
         select from member mb where mb.person_id = x.person_id and mb.vo_id = any($2)) as vo,
       x.group_id = any($3) is true or x.group_id is null and exists (
         select from membership m join closure c on c.below = m.group_id
         where m.person_id = x.person_id and c.above = any($3) and (x.vo_id is null or m.vo_id = x.vo_id)) as "group",
       x.facility_id = any($4) is true or x.facility_id is null and (exists (
           select from reach join resource r on r.id = reach.resource_id
           where reach.person_id = x.person_id and r.facility_id = any($4))
         or x.person_id is null and exists (
           select from resource r left join resource_group rg on rg.resource_id = r.id
           where r.facility_id = any($4) and (rg.group_id = x.group_id or x.group_id is null and r.vo_id = x.vo_id))) as facility
     from unnest($5::integer[], $6::integer[], $7::integer[], $8::integer[]) with ordinality
       as x(person_id, vo_id, group_id, facility_id, place)
     order by x.place`,
    [
      ...[managed.person, managed.vos, managed.groups, managed.facilities],
      ...[holders.map((one) => one?.person ?? null), holders.map((one) => one?.voId ?? null)],
      ...[holders.map((one) => one?.groupId ?? null), holders.map((one) => one?.facilityId ?? null)],
    ],
  )
  return rows.map(({ self, vo, group, facility, may_act: mayAct }) => {
    const roles: readonly (readonly [Reader, boolean])[] = [
      ...([
        ['self', self],
        ['vo-managers', vo],
      ] as const),
      ...([
        ['group-managers', group],
        ['facility-managers', facility],
      ] as const),
    ]
    return {
      ...{ actor: managed.person, isAdmin: managed.is_admin, mayAct: mayAct ?? undefined },
      roles: new Set(roles.flatMap(([role, is]) => (is ? [role] : []))),
    }
  })
}

interface StandingRow extends Record<'facility' | 'group' | 'self' | 'vo', boolean> {
  readonly may_act: readonly string[] | null
}

interface Managed {
  readonly person: number
  readonly is_admin: boolean
  readonly vos: readonly number[]
  readonly groups: readonly number[]
  readonly facilities: readonly number[]
}

/** What a person manages, by their own name or as a VALID member of a group; with a group those below it. */
async function managedBy(db: Db, actor: IdentityRef): Promise<Managed> {
  const names = (spec: string, key: string, vo: string) => `exists (
    select from jsonb_array_elements(coalesce(${spec}->'${key}', '[]')) as m(manager)
    where m.manager->>'user' in (select i.ref from identity i where i.person_id = own.person_id)
      or case when m.manager->>'group' like '%/%' then m.manager->>'group' else ${vo} || '/' || (m.manager->>'group') end
        in (select path from belongs))`
  const { rows } = await db.query<Managed>(
    `with own as materialized (select person_id from identity where ref = $1), belongs as materialized (
       select vo.name || '/' || g.name as path
       from own join member mb on mb.person_id = own.person_id and mb.status = 'VALID'
       join vo on vo.id = mb.vo_id
       join groups g on g.vo_id = vo.id and (g.is_members or exists (
         select from closure c join membership m on m.group_id = c.below
         where c.above = g.id and m.person_id = own.person_id and m.status = 'VALID'))
     )
     select own.person_id as person,
       exists (select from instance o where ${names('o.spec', 'admins', "''")}) as is_admin,
       array(select o.id from vo o where ${names('o.spec', 'managers', 'o.name')}) as vos,
       array(
         select distinct below.id from groups o join vo on vo.id = o.vo_id
         join groups below on below.vo_id = o.vo_id and (below.id = o.id or starts_with(below.name, o.name || ':'))
         where o.spec ? 'managers' and ${names('o.spec', 'managers', 'vo.name')}) as groups,
       array(select o.id from facility o where ${names('o.spec', 'managers', "''")}) as facilities
     from own`,
    [actor],
  )
  const [found] = rows
  if (found !== undefined) return found
  throw unknownActor(actor)
}

import { parseAttribute } from '../../../core/config/references.ts'
import type { IdentityRef } from '../../../core/model/state.ts'
import type { Tx } from '../../pool.ts'
import type { Definition, ValueKey } from './read-held.ts'
import type { Owner } from './unique-values.ts'
import { mayTouch, standingsOf, usually, type Bearer } from './value-rights.ts'

/** Hides whose a unique value is from those who may not read it there: only that it is taken they have to know. */
export async function hideOwners(
  tx: Tx,
  owners: readonly (Owner | undefined)[],
  { actor, definitions }: { readonly actor: IdentityRef; readonly definitions: ReadonlyMap<string, Definition> },
): Promise<readonly (Owner | undefined)[]> {
  const holders = owners.map((owner) => owner?.holder)
  if (holders.every((holder) => holder === undefined)) return owners
  const standings = await standingsOf(tx, actor, await bearersOf(tx, holders))
  return owners.map((owner, index) => {
    const [standing, attribute] = [standings[index], holders[index]?.attribute ?? '']
    if (owner === undefined || standing === undefined || holders[index] === undefined) return owner
    const allowed = definitions.get(attribute)?.read ?? usually.read
    return mayTouch(allowed, standing, attribute) ? owner : { ...owner, isHidden: true }
  })
}

async function bearersOf(tx: Tx, keys: readonly (ValueKey | undefined)[]): Promise<readonly (Bearer | undefined)[]> {
  const { rows } = await tx.query<Record<'facility' | 'group' | 'person' | 'vo', number | null>>(
    `select case x.holder when 'identity' then (select person_id from identity where id = x.subject) else x.subject end as person,
       case x.holder when 'member' then x.object when 'member-group' then g.vo_id else r.vo_id end as vo, g.id as "group",
       case x.holder when 'user-facility' then x.object else r.facility_id end as facility
     from unnest($1::text[], $2::integer[], $3::integer[]) with ordinality as x(holder, subject, object, place)
     left join groups g on x.holder = 'member-group' and g.id = x.object
     left join resource r on x.holder = 'member-resource' and r.id = x.object
     order by x.place`,
    [
      keys.map((key) => (key === undefined ? '' : parseAttribute(key.attribute).holder)),
      ...[keys.map((key) => key?.subject ?? null), keys.map((key) => key?.object ?? null)],
    ],
  )
  return rows.map(({ person, vo, group, facility }, index) =>
    keys[index] === undefined ? undefined : { person, voId: vo, groupId: group, facilityId: facility },
  )
}

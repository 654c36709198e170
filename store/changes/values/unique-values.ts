import { GuildhallError } from '../../../core/errors.ts'
import type { Tx } from '../../pool.ts'
import { askedValues, columnsOfValues, type AskedValue } from './value-columns.ts'

/** Which values are looked at: a condition on a row `v` of attribute, subject and object, with its parameters. */
interface Claim {
  readonly which: string
  readonly parameters: readonly unknown[]
}

/**
 * Lets go of unique values that are held no more and notes who holds the others, within all, their facility or their VO;
 * generated ones for ever. Throws ATTRIBUTE_TAKEN where somebody else holds one.
 */
export async function claimUnique(tx: Tx, { which, parameters }: Claim): Promise<void> {
  const claims = `select v.attribute, place_of_value(v.attribute, v.subject, v.object, q.per) as within, v.value, v.subject,
      v.object, v.origin = 'generated' as lasting
    from attribute_value v join unique_attribute q on q.attribute = v.attribute where ${which}`
  await tx.query(
    `delete from attribute_unique v
     where (${which}) and not v.lasting and not exists (
       select 1 from attribute_value x join unique_attribute q on q.attribute = x.attribute
       where (x.attribute, x.subject, x.object, x.value) = (v.attribute, v.subject, v.object, v.value)
         and place_of_value(x.attribute, x.subject, x.object, q.per) = v.within)`,
    [...parameters],
  )
  await tx.query(
    `insert into attribute_unique (attribute, within, value, subject, object, lasting)
     select * from (${claims}) claim order by attribute, within, value, subject
     on conflict do nothing`,
    [...parameters],
  )
  await requireUnretired(tx, claims, parameters)
  const { rows } = await tx.query<Clash>(
    `select c.attribute, c.value #>> '{}' as value, ${nameOf('c')} as wanted, ${nameOf('u')} as held,
       exists (select from attribute_value x
         where (x.attribute, x.subject, x.object, x.value) = (u.attribute, u.subject, u.object, u.value)) as is_held
     from (${claims}) c
     join attribute_unique u on (u.attribute, u.within, u.value) = (c.attribute, c.within, c.value)
     where (u.subject, u.object) <> (c.subject, c.object)
     order by 1, 2, 3 limit 1`,
    [...parameters],
  )
  const [clash] = rows
  if (clash !== undefined) throw taken(clash)
}

/** What somebody had who is gone, nobody else gets. */
async function requireUnretired(tx: Tx, claims: string, parameters: readonly unknown[]): Promise<void> {
  const { rows } = await tx.query<Pick<Clash, 'attribute' | 'value' | 'wanted'>>(
    `select c.attribute, c.value #>> '{}' as value, ${nameOf('c')} as wanted
     from (${claims}) c
     join retired_value r on (r.attribute, r.within, r.hash) = (c.attribute, c.within, value_hash(c.value))
     where exists (select from retired_value) and r.person_id <> c.subject
     order by 1, 2 limit 1`,
    [...parameters],
  )
  const [found] = rows
  if (found === undefined) return
  const { attribute, value, wanted } = found
  throw new GuildhallError(
    'ATTRIBUTE_TAKEN',
    `Cannot set ${attribute} of "${wanted}" to "${value}": somebody who is gone had this value, and it is never given to anybody else; choose another`,
    { facts: { attribute, value, wanted } },
  )
}

/** Tells, for each value, who else holds it or held it for ever, where it must be unique; undefined where it is free. */
export async function ownersOf(tx: Tx, values: readonly AskedValue[]): Promise<readonly (string | undefined)[]> {
  const { rows } = await tx.query<{ owner: string | null }>(
    `select coalesce((
       select ${nameOf('u')} from unique_attribute q
       join attribute_unique u on (u.attribute, u.value) = (x.attribute, x.value::jsonb)
         and u.within = place_of_value(x.attribute, x.subject, x.object, q.per)
       where q.attribute = x.attribute and (u.subject, u.object) <> (x.subject, x.object)), (
       select 'somebody who is gone' from unique_attribute q
       join retired_value r on (r.attribute, r.hash) = (x.attribute, value_hash(x.value::jsonb))
         and r.within = place_of_value(x.attribute, x.subject, x.object, q.per)
       where q.attribute = x.attribute and r.person_id <> x.subject)) as owner
     from ${askedValues}
     order by x.place`,
    [...columnsOfValues(values)],
  )
  return rows.map(({ owner }) => owner ?? undefined)
}

/** Checks and keeps who holds which unique value of attributes whose definition changed. */
export async function claimUniqueOf(tx: Tx, attributes: readonly string[]): Promise<void> {
  if (attributes.length > 0) await claimUnique(tx, { which: 'v.attribute = any($1)', parameters: [attributes] })
}

function nameOf(alias: string): string {
  const inVo = (table: string, column: string) =>
    `(select vo.name || '/' || o.name from ${table} o join vo on vo.id = o.vo_id where o.id = ${alias}.${column})`
  return `case split_part(${alias}.attribute, '.', 1)
    when 'vo' then (select name from vo where id = ${alias}.subject)
    when 'group' then ${inVo('groups', 'subject')}
    when 'resource' then ${inVo('resource', 'subject')}
    when 'facility' then (select name from facility where id = ${alias}.subject)
    when 'host' then (select name from facility_host where id = ${alias}.subject)
    when 'identity' then (select ref from identity where id = ${alias}.subject)
    when 'group-resource' then ${inVo('groups', 'subject')} || ' on ' || ${inVo('resource', 'object')}
    else (select identities[1] from person where id = ${alias}.subject) end`
}

interface Clash {
  readonly attribute: string
  readonly value: string
  readonly wanted: string
  readonly held: string
  readonly is_held: boolean
}

function taken({ attribute, value, wanted, held, is_held: isHeld }: Clash): GuildhallError {
  const why = isHeld
    ? `"${held}" holds this value, and it is unique; give one of them another`
    : `"${held}" had this value, and it is never given to anybody else; choose another`
  return new GuildhallError('ATTRIBUTE_TAKEN', `Cannot set ${attribute} of "${wanted}" to "${value}": ${why}`, {
    facts: { attribute, value, wanted, held },
  })
}

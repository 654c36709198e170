import { GuildhallError } from '../../../core/errors.ts'
import type { Db, Tx } from '../../pool.ts'
import type { ValueKey } from './read-held.ts'
import { askedValues, columnsOfValues, type AskedValue } from './value-columns.ts'
import { undecided } from '../../undecided.ts'

/** Which values are looked at: a condition on a row `v` of attribute, subject and object, with its parameters. */
interface Claim {
  readonly which: string
  readonly parameters: readonly unknown[]
  /** Whether it is about derived values: only once all are computed that one change touches, it is known who has which. */
  readonly isDerived?: boolean | undefined
}

/** A value that somebody else has, or had for ever. */
export interface TakenValue {
  /** Whose value it would be. */
  readonly key: ValueKey
  readonly value: string
  /** Who has it, and what would be right. */
  readonly why: string
}

/** Values would be had twice that must be unique; the message tells the first. */
export class TakenError extends GuildhallError {
  readonly taken: readonly TakenValue[]

  constructor({ attribute, value, wanted, held }: Clash, taken: readonly TakenValue[]) {
    const [first] = taken
    super('ATTRIBUTE_TAKEN', `Cannot set ${attribute} of "${wanted}" to "${value}": ${first?.why ?? ''}`, {
      facts: { attribute, value, wanted, ...(held === null ? {} : { held }) },
    })
    this.taken = taken
  }
}

/**
 * Lets go of unique values that are held no more and notes who holds the others, within all, their facility or their VO;
 * generated ones for ever. Throws a TakenError where somebody else holds one.
 */
export async function claimUnique(tx: Tx, { which, parameters, isDerived = false }: Claim): Promise<void> {
  const claims = `select v.attribute, place_of_value(v.attribute, v.subject, v.object, q.per) as within, v.value, as_claimed(v.value) as claimed, v.subject,
      v.object, v.origin = 'generated' as lasting, v.origin
    from attribute_value v join unique_attribute q on q.attribute = v.attribute and q.is_derived = ${isDerived}
    where ${which}`
  await tx.query(
    `delete from attribute_unique v
     where (${which}) and not v.lasting and not exists (
       select 1 from attribute_value x join unique_attribute q on q.attribute = x.attribute
       where (x.attribute, x.subject, x.object, as_claimed(x.value)) = (v.attribute, v.subject, v.object, v.value)
         and place_of_value(x.attribute, x.subject, x.object, q.per) = v.within)`,
    [...parameters],
  )
  await tx.query(
    `insert into attribute_unique (attribute, within, value, subject, object, lasting)
     select attribute, within, claimed, subject, object, lasting from (${claims}) claim
     order by attribute, within, claimed, subject
     on conflict do nothing`,
    [...parameters],
  )
  const clashes = [...(await readRetired(tx, claims, parameters)), ...(await readClashes(tx, claims, parameters))]
  const [first] = clashes
  if (first !== undefined) throw new TakenError(first, clashes.map(takenValue))
}

/** What somebody had who is gone, nobody else gets; nor what somebody applies for, unless git or a source gives it. */
async function readRetired(tx: Tx, claims: string, parameters: readonly unknown[]): Promise<Clash[]> {
  const { rows } = await tx.query<Clash>(
    `select ${wantedOf('c')}, null as held, false as is_held, false as is_reserved
     from (${claims}) c
     join retired_value r on (r.attribute, r.within, r.hash) = (c.attribute, c.within, value_hash(c.value))
     where exists (select from retired_value) and r.person_id is distinct from ${personOf('c')}
     union all
     select ${wantedOf('c')}, null, false, true
     from (${claims}) c
     join application_reservation r on (r.attribute, r.within, r.value) = (c.attribute, c.within, c.claimed)
     join application a on a.id = r.application_id
     where exists (select from application_reservation) and c.origin in ('application', 'manager', 'self')
       and a.state in ${undecided}
       and coalesce(a.person_id, (select person_id from identity where ref = a.identity)) is distinct from ${personOf('c')}
     order by attribute, value`,
    [...parameters],
  )
  return rows
}

async function readClashes(tx: Tx, claims: string, parameters: readonly unknown[]): Promise<Clash[]> {
  const { rows } = await tx.query<Clash>(
    `select ${wantedOf('c')}, ${nameOf('u')} as held, false as is_reserved,
       exists (select from attribute_value x
         where (x.attribute, x.subject, x.object, as_claimed(x.value)) = (u.attribute, u.subject, u.object, u.value)) as is_held
     from (${claims}) c
     join attribute_unique u on (u.attribute, u.within, u.value) = (c.attribute, c.within, c.claimed)
     where (u.subject, u.object) <> (c.subject, c.object)
     order by c.attribute, value, wanted`,
    [...parameters],
  )
  return rows
}

/** Who else has a value that must be unique. */
export interface Owner {
  readonly name: string
  /** What has or had it, as far as that is known. */
  readonly holder?: ValueKey
  /** Whether that is not to be told. */
  readonly isHidden?: boolean
  /** Of what has it now, and may give it up; absent where nobody else is ever given it. */
  readonly key?: ValueKey
}

interface OwnerRow {
  readonly name: string | null
  readonly lasting: boolean | null
  readonly subject: number | null
  readonly object: number | null
}

/** Tells, for each value, who else holds it or held it for ever, where it must be unique; undefined where it is free. */
export async function ownersOf(db: Db, values: readonly AskedValue[]): Promise<readonly (Owner | undefined)[]> {
  const { rows } = await db.query<OwnerRow>(
    `select coalesce(own.name, gone.name) as name, own.lasting, own.subject, own.object
     from ${askedValues}
     left join lateral (
       select ${nameOf('u')} as name, u.lasting, u.subject, u.object
       from unique_attribute q
       join attribute_unique u on (u.attribute, u.value) = (x.attribute, as_claimed(x.value::jsonb))
         and u.within = place_of_value(x.attribute, x.subject, x.object, q.per)
       where q.attribute = x.attribute and (u.subject, u.object) <> (x.subject, x.object)) own on true
     left join lateral (
       select 'somebody who is gone' as name from unique_attribute q
       join retired_value r on (r.attribute, r.hash) = (x.attribute, value_hash(x.value::jsonb))
         and r.within = place_of_value(x.attribute, x.subject, x.object, q.per)
       where q.attribute = x.attribute and r.person_id is distinct from ${personOf('x')} limit 1) gone on true
     order by x.place`,
    [...columnsOfValues(values)],
  )
  return rows.map(({ name, lasting, subject, object }, index) => {
    if (name === null) return undefined
    const attribute = values[index]?.attribute ?? ''
    if (subject === null || object === null) return { name }
    const holder = { attribute, subject, object }
    return lasting === true ? { name, holder } : { name, holder, key: holder }
  })
}

/** Writes, for each value that must be unique, what it claims as one text; undefined for others. */
export async function claimsOf(tx: Tx, values: readonly AskedValue[]): Promise<readonly (string | undefined)[]> {
  const { rows } = await tx.query<{ claim: string | null }>(
    `select case when q.attribute is not null and x.value is not null then jsonb_build_array(
       x.attribute, place_of_value(x.attribute, x.subject, x.object, q.per), as_claimed(x.value::jsonb))::text end as claim
     from ${askedValues}
     left join unique_attribute q on q.attribute = x.attribute
     order by x.place`,
    [...columnsOfValues(values)],
  )
  return rows.map(({ claim }) => claim ?? undefined)
}

/** Checks and keeps who holds which unique value of attributes whose definition changed. */
export async function claimUniqueOf(
  tx: Tx,
  attributes: readonly string[],
  { isDerived }: Pick<Claim, 'isDerived'> = {},
): Promise<void> {
  if (attributes.length > 0)
    await claimUnique(tx, { which: 'v.attribute = any($1)', parameters: [attributes], isDerived })
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

/** Whom a value is about; of a thing, the thing. */
function personOf(alias: string): string {
  return `case when ${alias}.attribute like 'identity.%' then (select person_id from identity where id = ${alias}.subject) else ${alias}.subject end`
}

function wantedOf(alias: string): string {
  const column = (name: string) => `${alias}.${name}`
  return `${column('attribute')}, ${column('subject')}, ${column('object')}, ${column('value')} #>> '{}' as value, ${nameOf(alias)} as wanted`
}

interface Clash extends ValueKey {
  readonly value: string
  readonly wanted: string
  /** Null for somebody who is gone. */
  readonly held: string | null
  readonly is_held: boolean
  readonly is_reserved: boolean
}

function takenValue({
  attribute,
  subject,
  object,
  value,
  held,
  is_held: isHeld,
  is_reserved: isReserved,
}: Clash): TakenValue {
  if (isReserved) {
    const why =
      'somebody applies for this value, and it is unique; choose another, or decide about the application first'
    return { key: { attribute, subject, object }, value, why }
  }
  const who = held === null ? 'somebody who is gone' : `"${held}"`
  const why = isHeld
    ? `${who} holds this value, and it is unique; give one of them another`
    : `${who} had this value, and it is never given to anybody else; choose another`
  return { key: { attribute, subject, object }, value, why }
}

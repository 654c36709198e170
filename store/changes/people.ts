import { rolesIn } from '../../core/config/roles.ts'
import type { DesiredObject } from '../../core/model/config-object.ts'
import type { IdentityRef, UserId } from '../../core/model/state.ts'
import { lockShared } from '../locks.ts'
import type { Db, Tx } from '../pool.ts'
import { keepDerived } from './values/keep-derived.ts'

/** Identities a document names as somebody who may do something, or who answers for an account. */
export function namedIdentities(object: DesiredObject): readonly IdentityRef[] {
  if (object.kind === 'User') return object.spec.serviceAccount?.owners ?? []
  return rolesIn(object).flatMap(({ holders }) => holders.flatMap((one) => ('user' in one ? [one.user] : [])))
}

/** Makes a person for each identity that nobody has yet, none of people who were erased; returns the new persons. */
export async function ensurePeople(tx: Tx, identities: readonly IdentityRef[], asOf: Date): Promise<UserId[]> {
  const wanted = [...new Set(identities)]
  if (wanted.length === 0) return []
  if (!(await anyUnknown(tx, wanted))) return []
  await lockShared(tx, 'people')
  const { rows } = await tx.query<{ id: number }>(
    `with unknown as materialized (
       select w.ref, nextval('person_id_seq')::integer as id
       from (select ref from unnest($1::text[]) as w(ref) order by ref collate "C") w
       where not exists (select 1 from identity i where i.ref = w.ref) and not is_erased(w.ref)
     ), people as (
       insert into person (id, identities, created_at) overriding system value
       select id, array[ref], $2 from unknown
       returning id
     ), named as (
       insert into identity (ref, person_id, created_at) select ref, id, $2 from unknown
     )
     select id from people`,
    [wanted, asOf],
  )
  return rows.map(({ id }) => id)
}

/** Makes a person for each identity of a declared source that nobody has yet; returns whose each of them is, as far as known. */
export async function ensureKnown(
  tx: Tx,
  identities: readonly IdentityRef[],
  asOf: Date,
): Promise<ReadonlyMap<IdentityRef, UserId>> {
  const { rows: declared } = await tx.query<{ ref: IdentityRef }>(
    `select u.ref from unnest($1::text[]) as u(ref) join source s on s.name = split_part(u.ref, '/', 1)
     where split_part(u.ref, '/', 2) <> ''`,
    [identities],
  )
  const refs = declared.map(({ ref }) => ref)
  await keepDerived(tx, { persons: await ensurePeople(tx, refs, asOf), at: asOf })
  const { rows } = await tx.query<{ ref: IdentityRef; person_id: UserId }>(
    'select ref, person_id from identity where ref = any($1)',
    [identities],
  )
  return new Map(rows.map(({ ref, person_id }) => [ref, person_id]))
}

/** Names the VOs that whoever has one of these identities is a member of. */
export async function vosOfPeople(tx: Tx, identities: readonly IdentityRef[]): Promise<string[]> {
  const { rows } = await tx.query<{ name: string }>(
    `select distinct vo.name from identity i join member mb on mb.person_id = i.person_id join vo on vo.id = mb.vo_id
     where i.ref = any($1)`,
    [identities],
  )
  return rows.map(({ name }) => name)
}

/** Lists those of these identities whose people were erased: nobody is made of them again. */
export async function erasedAmong(db: Db, identities: readonly IdentityRef[]): Promise<IdentityRef[]> {
  const { rows } = await db.query<{ ref: IdentityRef }>(
    'select ref from unnest($1::text[]) as u(ref) where is_erased(ref)',
    [identities],
  )
  return rows.map(({ ref }) => ref)
}

/**
 * Binds the identities of User documents to one person each: the document's, else that of the first identity somebody
 * has. Plans never bind an identity of somebody else. Returns the persons.
 */
export async function bindUserDocuments(tx: Tx, ids: readonly number[], asOf: Date): Promise<UserId[]> {
  if (ids.length === 0) return []
  await lockShared(tx, 'people')
  await choosePersons(tx, ids, asOf)
  const { rows } = await tx.query<{ person_id: number }>(
    `with wanted as (
       select d.person_id, i.ref, i.position::integer
       from user_document d
       cross join lateral jsonb_array_elements_text(d.spec->'identities') with ordinality i(ref, position)
       where d.id = any($1)
     ), dropped as (
       update identity i set position = null
       where i.person_id in (select person_id from wanted) and i.ref not in (select ref from wanted)
         and i.position is not null
     ), bound as (
       insert into identity (ref, person_id, position, created_at)
       select ref, person_id, position, $2 from wanted order by ref
       on conflict (ref) do update set person_id = excluded.person_id, position = excluded.position
     )
     select distinct person_id from wanted`,
    [ids, asOf],
  )
  const people = rows.map(({ person_id }) => person_id)
  await refreshIdentities(tx, people)
  return people
}

/** Lets the persons of User documents that go free: they keep their identities, in code-point order. */
export async function releaseUserDocuments(tx: Tx, ids: readonly number[]): Promise<UserId[]> {
  if (ids.length === 0) return []
  await retireLogins(tx, ids)
  const { rows } = await tx.query<{ id: number }>(
    `with freed as (select person_id as id from user_document where id = any($1) and person_id is not null),
     unplaced as (update identity set position = null where person_id in (select id from freed)),
     unbound as (update user_document set person_id = null where id = any($1))
     select id from freed`,
    [ids],
  )
  const people = rows.map(({ id }) => id)
  await refreshIdentities(tx, people)
  return people
}

/** Who loses their document is gone as far as git knows: nobody else gets the login that it gave. */
async function retireLogins(tx: Tx, documents: readonly number[]): Promise<void> {
  await tx.query(
    `insert into retired_value (attribute, within, hash, person_id)
     select v.attribute, 0, value_hash(v.value), v.subject
     from user_document d join attribute_value v on v.attribute = 'user.login' and v.subject = d.person_id
     where d.id = any($1)
     on conflict do nothing`,
    [documents],
  )
}

async function anyUnknown(tx: Tx, identities: readonly IdentityRef[]): Promise<boolean> {
  const { rowCount } = await tx.query(
    'select 1 from unnest($1::text[]) as w(ref) where not exists (select 1 from identity i where i.ref = w.ref) limit 1',
    [identities],
  )
  return rowCount === 1
}

async function choosePersons(tx: Tx, ids: readonly number[], asOf: Date): Promise<void> {
  await tx.query(
    `with known as (
       select distinct on (person_id) document, person_id
       from (
         select distinct on (d.id) d.id as document, i.person_id
         from user_document d
         cross join lateral jsonb_array_elements_text(d.spec->'identities') with ordinality n(ref, position)
         join identity i on i.ref = n.ref
         where d.id = any($1) and d.person_id is null
           and not exists (select 1 from user_document other where other.person_id = i.person_id)
         order by d.id, n.position
       ) first
       order by person_id, document
     )
     update user_document d set person_id = known.person_id from known where d.id = known.document`,
    [ids],
  )
  await tx.query(
    `with fresh as materialized (
       select id as document, nextval('person_id_seq')::integer as person_id
       from user_document where id = any($1) and person_id is null
     ), people as (
       insert into person (id, created_at) overriding system value select person_id, $2 from fresh
     )
     update user_document d set person_id = fresh.person_id from fresh where d.id = fresh.document`,
    [ids, asOf],
  )
}

/** Brings the identities that stand beside each of these persons up to date. */
export async function refreshIdentities(tx: Tx, people: readonly UserId[]): Promise<void> {
  await tx.query(
    `update person p
     set identities = array(select ref from identity i where i.person_id = p.id order by position nulls last, ref)
     where p.id = any($1)`,
    [people],
  )
}

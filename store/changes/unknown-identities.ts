import { sourceOf } from '../../core/config/references.ts'
import { nearest, whatThereIs } from '../../core/model/nearest.ts'
import type { IdentityRef } from '../../core/model/state.ts'
import type { Db } from '../pool.ts'
import { erasedAmong } from './people.ts'

/** Why nobody is found by an identity. */
export interface UnknownIdentity {
  readonly reason: 'identity-erased' | 'identity-unknown'
  readonly message: string
}

/** Identities that were asked for, and those of them that somebody has. */
interface AskedIdentities {
  readonly asked: readonly IdentityRef[]
  readonly known: Pick<ReadonlySet<IdentityRef>, 'has'>
  /** Of whose members somebody is probably meant. */
  readonly vo?: number | undefined
}

/** Of more that nobody has it is not looked for what each may mean. */
const lookedForAtMost = 10

/** Tells of identities that nobody has what is wrong with each: erased, of no source, or perhaps another one is meant. */
export async function unknownIdentities(
  db: Db,
  { asked, known, vo }: AskedIdentities,
): Promise<(identity: IdentityRef) => UnknownIdentity> {
  const missing = [...new Set(asked.filter((identity) => !known.has(identity)))]
  const erased = new Set(missing.length === 0 ? [] : await erasedAmong(db, missing))
  const sources = missing.length === 0 ? [] : await sourceNames(db)
  const near = missing.length > lookedForAtMost ? [] : await loginsLike(db, vo, missing)
  return (identity) => {
    if (erased.has(identity))
      return {
        reason: 'identity-erased',
        message: `"${identity}" was erased, and nobody is made of it again; choose another`,
      }
    const source = sourceOf(identity)
    const nobody = `nobody has the identity "${identity}"`
    const message = sources.includes(source)
      ? `${nobody}${meant(identity, near)}`
      : `${nobody}: there is no source "${source}"${whatThereIs(source, sources)}`
    return { reason: 'identity-unknown', message }
  }
}

async function sourceNames(db: Db): Promise<string[]> {
  const { rows } = await db.query<{ name: string }>('select name from source order by name')
  return rows.map(({ name }) => name)
}

/** Lists identities of members of a VO that have the source, and nearly the length, of one of these. */
async function loginsLike(db: Db, vo: number | undefined, missing: readonly IdentityRef[]): Promise<IdentityRef[]> {
  if (vo === undefined || missing.length === 0) return []
  const { rows } = await db.query<{ ref: IdentityRef }>(
    `select distinct i.ref from member mb join identity i on i.person_id = mb.person_id
     join unnest($2::text[]) as asked(ref)
       on split_part(asked.ref, '/', 1) = split_part(i.ref, '/', 1) and abs(length(asked.ref) - length(i.ref)) <= 2
     where mb.vo_id = $1
     order by 1`,
    [vo, missing],
  )
  return rows.map(({ ref }) => ref)
}

function meant(identity: IdentityRef, candidates: readonly IdentityRef[]): string {
  const source = sourceOf(identity)
  const prefix = `${source}/`
  const logins = candidates.flatMap((ref) => (ref.startsWith(prefix) ? [ref.slice(prefix.length)] : []))
  const login = nearest(identity.slice(prefix.length), logins)
  return login === undefined ? '' : `; did you mean "${prefix}${login}"?`
}

import { sourceOf } from '../../../core/config/references.ts'
import { whatThereIs } from '../../../core/model/nearest.ts'
import type { IdentityRef } from '../../../core/model/state.ts'
import type { Tx } from '../../pool.ts'
import { erasedAmong } from '../people.ts'
import type { IdentityAct, IdentityOn } from './change-identities.ts'
import type { PlaceInGit } from './named-in-git.ts'

/** Why nothing was changed, for programs and for people. */
export interface RefusedIdentity {
  readonly reason: IdentityRefusal
  readonly message: string
}

type IdentityRefusal =
  | 'declared'
  | 'identity-erased'
  | 'identity-taken'
  | 'identity-unknown'
  | 'in-the-future'
  | 'last-identity'
  | 'source-unknown'
  | 'user-unknown'
  | 'value-invalid'

interface KnownIdentity {
  readonly id: number
  readonly ref: IdentityRef
  readonly person_id: number
  readonly user: IdentityRef
  readonly others: number
}

/** What is known of identities and sources. */
export interface Known {
  readonly identities: ReadonlyMap<IdentityRef, KnownIdentity>
  /** Where git names those that are to be taken away. */
  readonly declared: ReadonlyMap<IdentityRef, PlaceInGit>
  readonly sources: readonly string[]
  /** Those of people who were erased. */
  readonly erased: readonly IdentityRef[]
}

/** Clocks of others may be a little ahead. */
const toleranceMs = 5 * 60_000

interface Judging {
  readonly request: IdentityOn
  readonly known: Known
  readonly now: Date
  /** What is wrong with what its source says. */
  readonly fault: string | undefined
}

/** Says why an identity is left as it is; undefined where the act may be done. */
export function refusalOfIdentity(
  act: IdentityAct,
  { request, known, now, fault }: Judging,
): RefusedIdentity | undefined {
  const { at } = request
  if (at !== undefined && at.getTime() > now.getTime() + toleranceMs)
    return { reason: 'in-the-future', message: `${at.toISOString()} has not come yet; expected now or before` }
  const refused = refusalOfAct(act, request, known)
  return refused ?? (fault === undefined ? undefined : { reason: 'value-invalid', message: fault })
}

function refusalOfAct(act: IdentityAct, request: IdentityOn, known: Known): RefusedIdentity | undefined {
  if (act === 'add') return refusalOfAdding(request, known)
  const found = known.identities.get(request.identity)
  if (found === undefined) return refusalOfUnknown(request.identity, known)
  return act === 'remove' ? refusalOfRemoving(found, known.declared.get(found.ref)) : undefined
}

function refusalOfUnknown(identity: IdentityRef, known: Known): RefusedIdentity {
  const message = 'nobody has it; `guildhall identity add` makes it somebody’s'
  return refusalOfNobodys(identity, known) ?? { reason: 'identity-unknown', message }
}

/** Why an identity can be nobody's. */
function refusalOfNobodys(identity: IdentityRef, { sources, erased }: Known): RefusedIdentity | undefined {
  if (erased.includes(identity))
    return { reason: 'identity-erased', message: 'it was erased, and nobody is made of it again; choose another' }
  const source = sourceOf(identity)
  if (sources.includes(source)) return undefined
  return { reason: 'source-unknown', message: `there is no source "${source}"${whatThereIs(source, sources)}` }
}

function refusalOfAdding({ identity, user }: IdentityOn, known: Known): RefusedIdentity | undefined {
  const { identities } = known
  const found = identities.get(identity)
  if (found !== undefined)
    return {
      reason: 'identity-taken',
      message: `it is an identity of "${found.user}" already; take it from them first`,
    }
  const nobodys = refusalOfNobodys(identity, known)
  if (nobodys !== undefined) return nobodys
  if (user !== undefined && !identities.has(user))
    return {
      reason: 'user-unknown',
      message: `nobody has the identity "${user}" that it is to join; expected any identity of theirs`,
    }
  return undefined
}

function refusalOfRemoving(
  { others, user }: KnownIdentity,
  declared: PlaceInGit | undefined,
): RefusedIdentity | undefined {
  if (declared !== undefined) {
    const message = `${declared.file}:${declared.line} names it; change it there`
    return { reason: 'declared', message }
  }
  return others > 0
    ? undefined
    : {
        reason: 'last-identity',
        message: `it is the only identity of "${user}"; add another first, or erase them (\`guildhall user erase\`)`,
      }
}

/** Reads who has identities, and which sources there are; what git names no act changes, so that it is read once. */
export async function readKnown(
  tx: Tx,
  identities: readonly IdentityRef[],
  { declared }: Partial<Pick<Known, 'declared'>> = {},
): Promise<Known> {
  const { rows } = await tx.query<KnownIdentity>(
    `select i.id, i.ref, i.person_id, p.identities[1] as "user", cardinality(p.identities) - 1 as others
     from identity i join person p on p.id = i.person_id where i.ref = any($1)`,
    [identities],
  )
  const { rows: sources } = await tx.query<{ name: string }>('select name from source order by 1')
  return {
    declared: declared ?? new Map(),
    erased: await erasedAmong(tx, identities),
    identities: new Map(rows.map((row) => [row.ref, row])),
    sources: sources.map(({ name }) => name),
  }
}

/** The identities that a request names. */
export function namedBy({ identity, user }: IdentityOn): IdentityRef[] {
  return user === undefined ? [identity] : [identity, user]
}

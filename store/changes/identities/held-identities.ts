import type { IdentityRef } from '../../../core/model/state.ts'
import type { Tx } from '../../pool.ts'
import type { IdentityAct, IdentityInput, IdentityOn } from './change-identities.ts'
import type { Known } from './judge-identity.ts'

/** An act on identities as a hold keeps it. */
export interface HeldIdentities {
  readonly type: 'identity'
  readonly act: IdentityAct
  readonly requests: readonly HeldIdentity[]
}

interface HeldIdentity extends Pick<IdentityOn, 'attributes' | 'loa' | 'reason'> {
  /** Null where a person is to be made, or is made by one of the requests. */
  readonly person: number | null
  /** Of `add` as it is written, for nobody has it; else by its id. */
  readonly identity: IdentityRef | number
  /** Of `add`: whose it becomes, where one of the requests makes them. */
  readonly user?: IdentityRef
  readonly at?: string | undefined
}

/** Writes down an act so that it can be done later. */
export function heldIdentities(act: IdentityAct, requests: readonly IdentityOn[], known: Known): HeldIdentities {
  const held = requests.map((request) => {
    const { loa, at, attributes, reason } = request
    const own = reason === undefined ? {} : { reason }
    return { ...whoIn(act, request, known), loa, at: at?.toISOString(), attributes, ...own }
  })
  return { type: 'identity', act, requests: held }
}

function whoIn(
  act: IdentityAct,
  { identity, user }: IdentityOn,
  { identities }: Known,
): Pick<HeldIdentity, 'identity' | 'person' | 'user'> {
  const own = identities.get(identity)
  const owner = act === 'add' ? identities.get(user ?? '') : own
  if (owner !== undefined) return { person: owner.person_id, identity: own?.id ?? identity }
  return { person: null, identity, ...(user === undefined ? {} : { user }) }
}

interface ReadRow {
  readonly identity: IdentityRef
  readonly user: IdentityRef | null
  readonly loa: number | null
  readonly at: Date | null
  readonly attributes: Readonly<Record<string, string>> | null
  readonly reason: string | null
}

/**
 * Reads an act back by what identities there are; those that are gone, or somebody else's by now, are in it no more. What was seen as it
 * was entered was seen at `since`.
 */
export async function readHeldIdentities(
  tx: Tx,
  { act, requests }: HeldIdentities,
  since: Date,
): Promise<Pick<IdentityInput, 'act' | 'requests'>> {
  const { rows } = await tx.query<ReadRow>(
    `select coalesce(i.ref, x.identity #>> '{}') as identity, coalesce(p.identities[1], x."user") as "user", x.loa, x.at, x.attributes, x.reason
     from jsonb_array_elements($1::jsonb) with ordinality as r(request, place)
     cross join jsonb_to_record(request)
       as x(person integer, identity jsonb, "user" text, loa integer, at timestamptz, attributes jsonb, reason text)
     left join person p on p.id = x.person and p.identities <> '{}'
     left join identity i on i.person_id = x.person and to_jsonb(i.id) = x.identity
     where (x.person is null or p.id is not null) and (i.id is not null or jsonb_typeof(x.identity) = 'string')
     order by r.place`,
    [JSON.stringify(requests)],
  )
  return {
    act,
    requests: rows.map(({ identity, user, loa, at, attributes, reason }) => ({
      ...{ identity, user: act === 'add' ? (user ?? undefined) : undefined },
      ...{ loa: loa ?? undefined, attributes: attributes ?? undefined },
      ...(reason === null ? {} : { reason }),
      at: at ?? (act === 'seen' || loa !== null ? since : undefined),
    })),
  }
}

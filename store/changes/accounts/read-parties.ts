import type { IdentityRef } from '../../../core/model/state.ts'
import { lockPeopleOf } from '../../locks.ts'
import type { Tx } from '../../pool.ts'

/** Somebody who is, or is to be, a service account or the owner of one. */
export interface Party {
  /** Undefined where nobody has the identity yet. */
  readonly person: number | undefined
  readonly isSourceDeclared: boolean
  /** Whether somebody had the identity who was erased. */
  readonly isErased: boolean
  readonly isAccount: boolean
  /** Where git says that it is a service account. */
  readonly declared: { readonly file: string; readonly line: number } | undefined
  /** Of an account. */
  readonly owners: readonly number[]
  readonly mayAct: readonly string[]
  /** The accounts that they own. */
  readonly owned: readonly IdentityRef[]
}

interface PartyRow {
  readonly ref: IdentityRef
  readonly person: number | null
  readonly is_source_declared: boolean
  readonly is_erased: boolean
  readonly is_account: boolean
  readonly file: string | null
  readonly line: number | null
  readonly owners: readonly number[] | null
  readonly may_act: readonly string[] | null
  readonly owned: readonly IdentityRef[]
}

/** Reads what is known of identities, and locks their persons to the transaction's end. */
export async function readParties(
  tx: Tx,
  identities: readonly IdentityRef[],
): Promise<(identity: IdentityRef) => Party> {
  await lockPeopleOf(tx, identities)
  const { rows } = await tx.query<PartyRow>(
    `select u.ref, i.person_id as person, s.name is not null as is_source_declared,
       is_erased(u.ref) as is_erased, a.person_id is not null as is_account, a.file, a.line, a.owners, a.may_act,
       array(
         select p.identities[1] from owned_account o join person p on p.id = o.person_id
         where i.person_id = any(o.owners) order by 1
       ) as owned
     from unnest($1::text[]) u(ref)
     left join identity i on i.ref = u.ref
     left join source s on s.name = split_part(u.ref, '/', 1)
     left join owned_account a on a.person_id = i.person_id`,
    [identities],
  )
  const parties = new Map(rows.map((row) => [row.ref, partyOf(row)]))
  return (identity) => parties.get(identity) ?? nobody
}

function partyOf(row: PartyRow): Party {
  return {
    ...{ person: row.person ?? undefined, isSourceDeclared: row.is_source_declared },
    ...{ isErased: row.is_erased, isAccount: row.is_account },
    declared: row.file === null ? undefined : { file: row.file, line: row.line ?? 1 },
    ...{ owners: row.owners ?? [], mayAct: row.may_act ?? [], owned: row.owned },
  }
}

const nobody: Party = {
  ...{ person: undefined, isSourceDeclared: false, isErased: false, isAccount: false, declared: undefined },
  ...{ owners: [], mayAct: [], owned: [] },
}

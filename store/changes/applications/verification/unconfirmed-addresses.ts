import { addressesIn, asksForAddresses } from '../../../../core/applications/verification.ts'
import { shownItems } from '../../../../core/forms/check-answers.ts'
import type { Tx } from '../../../pool.ts'
import type { FoundApplication } from '../found-application.ts'
import { readPersonValues } from '../person-values.ts'
import type { ApplicationTarget } from '../read-target.ts'

/** An application, and what it is for. */
export interface Verifying {
  readonly application: FoundApplication
  readonly target: ApplicationTarget
}

/** Lists the addresses of an application that have to be confirmed and that nobody has confirmed yet. */
export async function unconfirmedAddresses(tx: Tx, { application, target }: Verifying, at: Date): Promise<string[]> {
  const { form, conditions, set } = target
  if (!asksForAddresses(form.items)) return []
  const { id, identity, person, answers } = application
  const values = await readPersonValues(tx, { identity, vo: set.voId, today: set.today })
  const addresses = addressesIn(shownItems({ form, conditions, answers, person: values }), answers)
  if (addresses.length === 0) return []
  const { rows } = await tx.query<{ address: string }>(
    `with asked as materialized (
       select asked.address,
         exists (
           select from confirmed_address c left join application a on a.id = c.application_id
           where c.address = asked.address and (c.person_id = $3 or c.application_id = $1 or a.person_id = $3
             or a.identity in (select $2 union all select ref from identity where person_id = $3))) as is_confirmed,
         exists (
           select from identity i join source s on s.name = i.source and (s.spec->>'loa')::integer >= 1
           where (i.ref = $2 or i.person_id = $3)
             and asked.address in (as_address(i.attributes->>'email'), as_address(i.attributes->>'mail'))) as is_said
       from unnest($4::text[]) asked(address)
     ), noted as (
       insert into confirmed_address (person_id, application_id, address, at, how)
       select $3, $1, address, $5, 'source' from asked where is_said and not is_confirmed
     )
     select address from asked where not is_confirmed and not is_said order by address`,
    [id, identity, person ?? null, addresses, at],
  )
  return rows.map(({ address }) => address)
}

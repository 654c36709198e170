import type { DocumentChange } from '../../core/model/plan.ts'
import type { Tx } from '../pool.ts'
import { refreshIdentities } from './people.ts'

interface Renamed {
  readonly from: string
  readonly to: string
}

/**
 * Lets identities, and what sources gave, go on under the new names of their sources: the same people keep what they have. What a
 * source left that had such a name before goes on under a name that no source can have, so that nothing of it is taken for the
 * renamed one's. It comes before anybody is looked for by an identity that the commit names.
 */
export async function renameSources(tx: Tx, documents: readonly DocumentChange[], at: Date): Promise<void> {
  const renamed = documents.flatMap(({ kind, action, have, want }): Renamed[] => {
    if (kind !== 'Source' || action !== 'move' || have === undefined || want === undefined) return []
    return have.name === want.name ? [] : [{ from: have.name, to: want.name }]
  })
  if (renamed.length === 0) return
  const former = new Set(renamed.map(({ from }) => from))
  const left = renamed.flatMap(({ to }) =>
    former.has(to) ? [] : [{ from: to, to: `${to} (until ${at.toISOString()})` }],
  )
  // One may take the name that another one gives up: all go by names in between that no source can have.
  const between = [...left, ...renamed.map(({ from, to }) => ({ from, to: `to ${to}` }))]
  const after = renamed.map(({ to }) => ({ from: `to ${to}`, to }))
  for (const step of [between, after]) await rename(tx, step)
}

async function rename(tx: Tx, step: readonly Renamed[]): Promise<void> {
  const parameters = [step.map(({ from }) => from), step.map(({ to }) => to)]
  const names = 'unnest($1::text[], $2::text[]) as x("from", "to")'
  await tx.query(
    `update membership m set origin_name = x."to" from ${names} where m.origin = 'sync' and m.origin_name = x."from"`,
    parameters,
  )
  for (const table of ['attribute_value', 'attribute_outside', 'attribute_aside'])
    await tx.query(`update ${table} v set source = x."to" from ${names} where v.source = x."from"`, parameters)
  await tx.query(`update sync s set source = x."to" from ${names} where s.source = x."from"`, parameters)
  await tx.query(`update identity i set vouched_by = x."to" from ${names} where i.vouched_by = x."from"`, parameters)
  const { rows } = await tx.query<{ person_id: number }>(
    `update identity i set ref = x."to" || substr(i.ref, length(x."from") + 1) from ${names}
     where i.source = x."from" returning i.person_id`,
    parameters,
  )
  await refreshIdentities(tx, [...new Set(rows.map(({ person_id }) => person_id))])
}

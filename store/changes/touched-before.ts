import type { DocumentChange, MembershipChange } from '../../core/model/plan.ts'
import type { Tx } from '../pool.ts'
import type { Touched } from './outbox.ts'
import { peopleOfPairs } from './values/people-of-pairs.ts'

/** What shows or leads to what is about to go, or to be another: afterwards nothing may lead there any more. */
export async function touchedBefore(
  tx: Tx,
  documents: readonly DocumentChange[],
  rows: readonly MembershipChange[],
): Promise<Touched> {
  const ids = (kind: DocumentChange['kind']) => idsInForce(documents, kind)
  const leaving = rows.filter(({ action }) => action === 'remove')
  const { rows: groups } = await tx.query<{ id: number }>(
    `select distinct g.id
     from json_to_recordset($1::json) as x(kind text, vo text, name text)
     join vo on vo.name = x.vo
     join groups g on g.vo_id = vo.id and g.name = case x.kind when 'Member' then 'members' else x.name end`,
    [JSON.stringify(leaving.map(({ kind, vo, name }) => ({ kind, vo, name })))],
  )
  const whole = ids('VO').length === 0 ? [] : await groupsOfVos(tx, ids('VO'))
  return {
    groups: [...ids('Group'), ...groups.map(({ id }) => id), ...whole],
    resources: ids('Resource'),
    facilities: ids('Facility'),
    persons: [],
  }
}

async function groupsOfVos(tx: Tx, vos: readonly number[]): Promise<number[]> {
  const { rows } = await tx.query<{ id: number }>('select id from groups where vo_id = any($1)', [vos])
  return rows.map(({ id }) => id)
}

/** Whose values of pairs may hang on what is about to go, or to be another. */
export function pairedBefore(tx: Tx, documents: readonly DocumentChange[]): Promise<readonly number[]> {
  const [vos, groups] = [idsInForce(documents, 'VO'), idsInForce(documents, 'Group')]
  const [resources, facilities] = [idsInForce(documents, 'Resource'), idsInForce(documents, 'Facility')]
  return peopleOfPairs(tx, { vos, groups, resources, facilities })
}

function idsInForce(documents: readonly DocumentChange[], kind: DocumentChange['kind']): number[] {
  return documents.flatMap(({ kind: found, have }) => (found === kind && have !== undefined ? [have.id] : []))
}

import { configKinds, type ConfigKind } from '../../core/model/config-object.ts'
import type { DocumentChange } from '../../core/model/plan.ts'
import type { Tx } from '../pool.ts'
import { forgetAnswersOfVos } from './applications/forget-answers.ts'
import { endMembersOfVos } from './members.ts'
import { keepGone } from './objects-into-past.ts'
import { deleteObjects } from './objects.ts'
import { endAssignments, endResourceGroups } from './resources.ts'
import { endRowsOfGroups, endRowsOfVos, type TouchedRow } from './rows.ts'
import { writeClosure } from './structure.ts'
import type { Trail } from './trail.ts'
import { claimUniqueOf } from './values/unique-values.ts'

/** Whom it touches. */
export interface Removed {
  readonly people: readonly number[]
  /** Rows of groups that went with their groups. */
  readonly rows: readonly TouchedRow[]
}

/** Removes those of the documents that are to go, backwards, with all that is derived from them. */
export async function removeDocuments(tx: Tx, trail: Trail, changes: readonly DocumentChange[]): Promise<Removed> {
  const documents = changes.filter(({ action }) => action === 'remove')
  const ids = (kind: ConfigKind) =>
    documents.flatMap(({ kind: found, have }) => (found === kind && have !== undefined ? [have.id] : []))
  if (documents.length === 0) return { people: [], rows: [] }
  await keepGone(tx, trail, documents)
  await endResourceGroups(tx, ids('Resource'), trail.at)
  await deleteObjects(tx, 'Resource', ids('Resource'))
  await endAssignments(tx, { groups: ids('Group'), vos: ids('VO'), at: trail.at })
  const rows = await endRowsOfGroups(tx, ids('Group'), trail.at)
  await deleteObjects(tx, 'Group', ids('Group'))
  const members = await removeVos(tx, trail, ids('VO'))
  const others = configKinds.filter((kind) => !['Resource', 'Group', 'VO'].includes(kind))
  for (const kind of others.toReversed()) await deleteObjects(tx, kind, ids(kind))
  await claimUniqueOf(
    tx,
    documents.filter(({ kind }) => kind === 'Attribute').map(({ name }) => name),
  )
  return { people: [...rows.map(({ person }) => person), ...members], rows }
}

async function removeVos(tx: Tx, trail: Trail, vos: readonly number[]): Promise<readonly number[]> {
  if (vos.length === 0) return []
  await endRowsOfVos(tx, vos, trail.at)
  const people = await endMembersOfVos(tx, trail, vos)
  await forgetAnswersOfVos(tx, trail, vos)
  await tx.query('delete from groups where vo_id = any($1)', [vos])
  await deleteObjects(tx, 'VO', vos)
  await writeClosure(tx)
  return people
}

import type { DocumentChange } from '../../../core/model/plan.ts'
import type { Tx } from '../../pool.ts'
import { undecided } from '../../undecided.ts'

/** What is decided under beside the form: fields of a VO, and of a group that is applied for. */
const decidedUnder = new Set(['expiration', 'requires', 'terms'])

/** Has applications looked at that are decided under something else now, or that are for something that is gone with a commit. */
export async function wakeApplications(tx: Tx, documents: readonly DocumentChange[]): Promise<void> {
  const forms = documents.filter(({ kind, action }) => kind === 'Form' && action !== 'remove')
  const isGone = documents.some(({ kind, action }) => action === 'remove' && ['Form', 'Group', 'VO'].includes(kind))
  const vos = documents.flatMap((one) => (isDecidedUnder(one) ? [one.kind === 'VO' ? one.name : one.vo] : []))
  if (forms.length + vos.length === 0 && !isGone) return
  await tx.query(
    `with woken as (
       insert into application_wake (application_id)
       select a.id from application a left join form f on f.id = a.form_id left join vo on vo.id = f.vo_id
       where a.state in ${undecided}
         and (a.vo_id is null or a.form_id is null or (a.group_name is not null and a.group_id is null)
           or vo.name = any($3) or (vo.name, f.name) in (select * from unnest($1::text[], $2::text[])))
       returning 1
     )
     select pg_notify('guildhall_outbox', '') from woken limit 1`,
    [forms.map(({ vo }) => vo), forms.map(({ name }) => name), vos],
  )
}

function isDecidedUnder({ kind, have, fields }: DocumentChange): boolean {
  return (kind === 'VO' || kind === 'Group') && have !== undefined && fields.some((field) => decidedUnder.has(field))
}

import type { JsonValue } from '../../../core/model/json.ts'
import type { ValueAside, ValueInForce } from '../../../core/sources/settle-value.ts'
import type { Tx } from '../../pool.ts'
import type { ValueKey } from '../values/read-held.ts'
import { counts } from './diff-subjects.ts'
import type { SyncedSet } from './find-set.ts'
import type { SaidAttribute } from './said-attributes.ts'

/** Whose values stay in memory. */
export const peopleAtOnce = 2_500

/** What the source says of one attribute of somebody, and what there is. */
export interface Said extends ValueKey {
  readonly person: number
  /** By which the source calls them. */
  readonly ref: string
  readonly said: JsonValue | undefined
  /** Whether another of their records says another value. */
  readonly isAmbiguous: boolean
  readonly held: ValueInForce | undefined
  readonly aside: readonly ValueAside[]
  /** Whether their rows are written by the run too. */
  readonly isInDiff: boolean
}

/**
 * What the source says of everybody in `sync_differing` who is in the VO, beside what there is, some thousands of people at a time and
 * nobody twice. It is compared as it stands when the first are read.
 */
export async function* readSaid(
  tx: Tx,
  set: SyncedSet,
  attributes: readonly SaidAttribute[],
): AsyncIterable<readonly Said[]> {
  await declareSaid(tx, set, attributes)
  const size = peopleAtOnce * attributes.length
  let rows: readonly SaidRow[] = []
  for (;;) {
    const { rows: more } = await tx.query<SaidRow>(`fetch ${size} from said`)
    const isLast = more.length < size
    rows = [...rows, ...more]
    const last = rows.at(-1)?.person
    const whole = isLast ? rows : rows.filter(({ person }) => person !== last)
    if (whole.length > 0) yield whole.map(saidOf)
    if (isLast) break
    rows = rows.slice(whole.length)
  }
  await tx.query('close said')
}

/**
 * All is compared at once, so that the tables are read once. Of somebody whom the source names more than once one record says what it
 * says of an attribute, in whatever order they come: the one whose login sorts first, or of one login whose value does.
 */
async function declareSaid(tx: Tx, set: SyncedSet, attributes: readonly SaidAttribute[]): Promise<void> {
  // It is read to its end.
  await tx.query('set local cursor_tuple_fraction = 1')
  await tx.query(
    `declare said no scroll cursor for
     with concerned as materialized (
       select distinct person_id from sync_differing x
       where exists (select from member mb where (mb.vo_id, mb.person_id) = ($2, x.person_id))
         or exists (select from membership m where (m.vo_id, m.person_id) = ($2, x.person_id))
     ), subject as materialized (
       select s.ref, s.said, s.unusable, i.person_id, i.id as identity_id
       from concerned join identity i using (person_id) join sync_subject s on s.ref = i.ref
       where s.said is not null and ${counts('$1')} and coalesce(s.person_id, i.person_id) = i.person_id
       union all
       select s.ref, s.said, s.unusable, s.person_id, i.id
       from concerned join sync_subject s using (person_id) left join identity i on i.ref = s.ref
       where i.person_id is distinct from s.person_id and s.said is not null and ${counts('$1')}
     ), told as (
       select distinct on (x.person_id, a.name, x.holder_id) x.person_id, x.ref, a.name as attribute, x.holder_id as subject,
         case a.holder when 'member' then $2 else 0 end as object, x.said->a.name as said,
         min(x.text) over same is distinct from max(x.text) over same as is_ambiguous
       from unnest($3::text[], $4::text[]) as a(name, holder)
       cross join lateral (
         select s.*, (s.said->a.name)::text collate "C" as text,
           case a.holder when 'identity' then s.identity_id else s.person_id end as holder_id
         from subject s
         where not exists (select from subject o where o.person_id = s.person_id and a.name = any(o.unusable))
       ) x
       where x.holder_id is not null
       window same as (partition by x.person_id, a.name, x.holder_id)
       order by x.person_id, a.name, x.holder_id, x.text is null, x.ref, x.text
     )
     select t.person_id as person, t.ref, t.attribute, t.subject, t.object, t.said, t.is_ambiguous, v.value, v.origin,
       (select name from source where name = v.source) as source,
       (select json_agg(json_build_object('source', o.source, 'value', o.value) order by o.source) from attribute_aside o
         where (o.attribute, o.subject, o.object) = (t.attribute, t.subject, t.object)
           and o.source in (select name from source)) as aside,
       exists (select from sync_diff d where d.person_id = t.person_id) as in_diff
     from told t left join attribute_value v using (attribute, subject, object)
     order by t.person_id, t.attribute, t.ref, t.subject, t.object`,
    [set.today, set.vo.id, attributes.map(({ name }) => name), attributes.map(({ holder }) => holder)],
  )
}

function saidOf({
  said,
  is_ambiguous: isAmbiguous,
  value,
  origin,
  source,
  aside,
  in_diff: isInDiff,
  ...key
}: SaidRow): Said {
  return {
    ...{ ...key, said: said ?? undefined, isAmbiguous, aside: aside ?? [], isInDiff },
    held: value === null || origin === null ? undefined : { value, origin, source: source ?? undefined },
  }
}

interface SaidRow extends ValueKey {
  readonly person: number
  readonly ref: string
  readonly said: JsonValue | null
  readonly is_ambiguous: boolean
  readonly value: JsonValue | null
  readonly origin: string | null
  readonly source: string | null
  readonly aside: readonly ValueAside[] | null
  readonly in_diff: boolean
}

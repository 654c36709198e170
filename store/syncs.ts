import type { AttributeSpec, GroupStructure, GroupSync, SourceSpec, VoSync } from '../schemas/generated/config.ts'
import type { EndedRun } from '../core/model/ended-run.ts'
import type { SyncedPlace } from '../core/model/sync-place.ts'
import type { Db } from './pool.ts'

/** What a VO or a group says of its sync. */
export type SyncSpec = GroupSync & Pick<VoSync, 'groups'>

/** A sync that documents in force ask for. */
export interface SyncInForce extends SyncedPlace {
  /** Of one that makes groups alone, what the document says of those. */
  readonly spec: SyncSpec
  /** The groups that the same source makes below it; they come first. */
  readonly structure?: GroupStructure
  /** Whether the source says who is in it. */
  readonly fills: boolean
  /** Of the VO: times of day are meant there. */
  readonly zone: string
  /** Of all that the documents say of it. */
  readonly hash: string
  /** Whether the VO is frozen, or everything is. */
  readonly isFrozen: boolean
}

/** A sync with what a run of it needs. */
export interface RunnableSync extends SyncInForce {
  readonly from: SourceSpec
  /** The commit that the instance's documents are of. */
  readonly commit: string
  /** The attributes that the source says something of, where documents define them. */
  readonly attributes: Readonly<Record<string, AttributeSpec>>
}

/** One row for all that one source says of one place: who is in it, which groups lie below it, or both. */
const declared = `
  select vo.id as vo_id, null::integer as group_id, vo.name as vo, null::text as "group", vo.spec->'sync' as spec,
    null::jsonb as structure, true as fills
  from vo where vo.spec ? 'sync'
  union all
  select vo.id, g.id, vo.name, g.name, g.spec->'sync',
    case when g.spec->'structure'->'source' = g.spec->'sync'->'source' then g.spec->'structure' end, true
  from groups g join vo on vo.id = g.vo_id where g.spec ? 'sync'
  union all
  select vo.id, g.id, vo.name, g.name, g.spec->'structure', g.spec->'structure', false
  from groups g join vo on vo.id = g.vo_id
  where g.spec ? 'structure' and g.spec->'structure'->'source' is distinct from g.spec->'sync'->'source'`

/** The syncs that documents in force ask for, each with all that they say of it. */
export const syncsInForce = `
  select d.vo_id, d.group_id, d.spec->>'source' as source, d.vo, d."group", d.spec, d.structure, d.fills, zone_of(d.vo_id) as zone,
    s.spec as "from", a.attributes,
    exists (select from frozen where scope in ('*', 'vo:' || d.vo)) as "isFrozen",
    encode(sha256(convert_to(jsonb_build_array(d.spec, s.spec, zone_of(d.vo_id), d.structure, a.attributes)::text, 'UTF8')), 'hex') as hash
  from (${declared}) d join source s on s.name = d.spec->>'source'
  cross join lateral (
    select coalesce(jsonb_object_agg(name, spec), '{}') as attributes from attribute_definition where s.spec->'attributes' ? name
  ) a`

interface SyncColumns extends Omit<SyncInForce, 'group' | 'structure'> {
  readonly group: string | null
  readonly structure: GroupStructure | null
}

function withoutNulls<T extends SyncColumns>({ group, structure, ...sync }: T) {
  return { ...sync, ...(group === null ? {} : { group }), ...(structure === null ? {} : { structure }) }
}

/** Lists what documents in force ask to be synced, in order. */
export async function listSyncs(db: Db): Promise<SyncInForce[]> {
  const { rows } = await db.query<SyncColumns>(
    `select source, vo, "group", spec, structure, fills, zone, hash, "isFrozen" from (${syncsInForce}) x
     order by vo collate "C", "group" collate "C" nulls first, source collate "C"`,
  )
  return rows.map(withoutNulls)
}

/** Reads a sync, with what a run of it needs; undefined where no document in force asks for it. */
export async function readSync(db: Db, { source, vo, group }: SyncedPlace): Promise<RunnableSync | undefined> {
  const { rows } = await db.query<SyncColumns & Pick<RunnableSync, 'attributes' | 'commit' | 'from'>>(
    `select x.source, x.vo, x."group", x.spec, x.structure, x.fills, x.zone, x."from", x.hash, x."isFrozen", x.attributes,
       coalesce((select commit from applied where scope = 'instance'), '') as commit
     from (${syncsInForce}) x
     where (x.source, x.vo) = ($1, $2) and x."group" is not distinct from $3`,
    [source, vo, group ?? null],
  )
  const [found] = rows
  return found === undefined ? undefined : withoutNulls(found)
}

/** Which runs of a sync are meant: those that began then. */
export interface RunsAsked extends SyncedPlace {
  /** Whether they say who is in it, or which groups lie below it. */
  readonly of: 'members' | 'structure'
  readonly at: Date
}

/** Lists the runs of a sync that began then, the newest first: a run that is tried again is in the database at most once. */
export async function listEndedRuns(db: Db, { source, vo, group, of, at }: RunsAsked): Promise<EndedRun[]> {
  const { rows } = await db.query<Omit<EndedRun, 'digest'> & { readonly digest: string | null }>(
    `select outcome as kind, subjects, added, changed, removed, digest,
       (select coalesce(sum(many::integer), 0)::integer from jsonb_each_text(skipped) x(reason, many)) as skipped
     from sync s
     join vo on vo.id = s.vo_id left join groups g on g.id = s.group_id join sync_run r on r.sync_id = s.id
     where (s.source, s.kind, vo.name) = ($1, $2, $3) and g.name is not distinct from $4 and r.at = $5
     order by r.id desc`,
    [source, of, vo, group ?? null, at],
  )
  return rows.map(({ digest, ...run }) => ({ ...run, ...(digest !== null && { digest }) }))
}

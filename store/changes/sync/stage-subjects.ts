import { pipeline } from 'node:stream/promises'
import { from as copyFrom } from 'pg-copy-streams'
import type { Lacking } from '../../../core/plan/judge-read.ts'
import type { AssertedIdentity, SkippedRecord, SyncSubject } from '../../../core/sources/subject.ts'
import type { Tx } from '../../pool.ts'
import type { Skips } from './skips.ts'

/** How a read came to its end. */
interface ReadEnd {
  /** Whether everybody was read. */
  readonly complete: boolean
  /** How many records the source gave, with those that were left out. */
  readonly count: number
  /** In how many records the source lacked a field that it should have; nothing where none is asked for. */
  readonly lacking?: Lacking | undefined
}

/** What a source says, page by page. */
export interface SubjectRead {
  [Symbol.asyncIterator](): AsyncIterator<readonly (SyncSubject | SkippedRecord)[], ReadEnd>
}

/** What was staged, and whether that is everything. */
export interface Staged {
  readonly subjects: number
  readonly isComplete: boolean
  /** Whether some subject has more than one identity. */
  readonly hasOthers: boolean
  /** Whether the source says something of attributes. */
  readonly hasValues: boolean
  /** Whether it says with which level of assurance an identity elsewhere counts as seen. */
  readonly hasLevels: boolean
  readonly lacking: Lacking
  /** What the source failed with. */
  readonly failure: Error | undefined
}

/**
 * Streams subjects into the temporary table `sync_subject`; of the pages before only counts stay in memory. A source that fails
 * ends the stage, not the transaction.
 */
export async function stageSubjects(
  tx: Tx,
  { source, subjects }: { readonly source: string; readonly subjects: SubjectRead },
  skips: Skips,
): Promise<Staged> {
  await tx.query(tables)
  const reading: Reading = {
    ...{
      subjects: 0,
      isComplete: false,
      hasOthers: false,
      hasValues: false,
      hasLevels: false,
      isAnySpared: false,
      failure: undefined,
    },
    lacking: { records: 0, fields: {} },
  }
  const copied = tx.query(
    copyFrom(
      'copy sync_subject (ref, others, groups, starts, expires, is_over, said, unusable, levels, is_skipped) from stdin',
    ),
  )
  await pipeline(async function* () {
    const pages = subjects[Symbol.asyncIterator]()
    let read = 0
    try {
      for (;;) {
        const { done, value } = await pages.next()
        if (done === true) {
          reading.isComplete = value.complete && value.count === read
          reading.lacking = value.lacking ?? reading.lacking
          return
        }
        read += value.length
        const { fit, spared } = sorted(value, source, skips)
        note(reading, { fit, spared })
        if (spared.length > 0) yield spared.map(spareLineOf).join('')
        if (fit.length > 0) yield fit.map(lineOf).join('')
      }
    } catch (error) {
      reading.failure = error instanceof Error ? error : new Error(String(error))
    }
  }, copied)
  if (reading.isAnySpared) await tx.query(spare)
  return reading
}

type Reading = { -readonly [Key in keyof Staged]: Staged[Key] } & { isAnySpared: boolean }

interface Sorted {
  readonly fit: readonly SyncSubject[]
  /** Whom records name that were left out. */
  readonly spared: readonly string[]
}

function note(reading: Reading, { fit, spared }: Sorted): void {
  reading.subjects += fit.length
  reading.hasOthers ||= fit.some(({ others = [] }) => others.length > 0)
  reading.hasValues ||= fit.some(({ values }) => values !== undefined)
  reading.hasLevels ||= fit.some(({ others = [] }) => others.some(({ loa }) => loa !== undefined))
  reading.isAnySpared ||= spared.length > 0
}

const tables = `
  create temporary table if not exists sync_subject (
    ref text collate "C" not null, others text[] collate "C", groups text[] collate "C", starts date, expires date, is_over boolean not null,
    said jsonb, unusable text[] collate "C", levels jsonb, is_skipped boolean not null,
    person_id integer, is_ambiguous boolean not null default false
  ) on commit drop;
  create temporary table if not exists sync_spared (person_id integer) on commit drop;
  create temporary table if not exists sync_diff (
    person_id integer not null, group_id integer, ref text collate "C", row_id tid, action text not null, expires date, is_over boolean not null,
    is_near boolean not null
  ) on commit drop;
  create temporary table if not exists sync_access (
    kind text, vo text collate "C", name text collate "C", person_id integer
  ) on commit drop;
  create temporary table if not exists sync_place (
    name text collate "C" not null, group_id integer, sync_id integer not null
  ) on commit drop;
  create temporary table if not exists sync_differing (person_id integer not null, is_known boolean not null) on commit drop;
  truncate sync_subject, sync_spared, sync_diff, sync_access, sync_place, sync_differing`

/** Of records that were left out nothing is taken, but whoever they name keeps what they have. */
const spare = `
  with skipped as (delete from sync_subject where is_skipped returning ref)
  insert into sync_spared (person_id) select distinct i.person_id from skipped s join identity i on i.ref = s.ref`

const unprintable = /[\u0000-\u001f\u007f]/

/** Tells subjects from records that were left out, and notes why those were, and what was left out of the others. */
function sorted(page: readonly (SyncSubject | SkippedRecord)[], source: string, skips: Skips): Sorted {
  const fit: SyncSubject[] = []
  const spared: string[] = []
  for (const one of page) {
    if ('kind' in one) {
      skips.add(one.reason, 1, one.identity === undefined ? [] : [one.identity])
      if (one.identity !== undefined) spared.push(one.identity)
    } else if (isNamed(one, source)) {
      fit.push(one)
      for (const { reason, of } of one.unusable ?? []) skips.addValue(reason, of, one.identity)
    } else skips.add('no-identity', 1, [one.identity])
  }
  return { fit, spared }
}

function isNamed({ identity, others = [] }: SyncSubject, source: string): boolean {
  if (!identity.startsWith(`${source}/`) || identity.length <= source.length + 1) return false
  return isPlain(identity) && others.every((other) => isPlain(other.identity))
}

function isPlain(identity: string): boolean {
  return identity.length <= 1_000 && !unprintable.test(identity)
}

function lineOf({
  identity,
  others = [],
  groups,
  starts,
  expires,
  isOver = false,
  values,
  unusable = [],
}: SyncSubject): string {
  const columns = [
    escaped(identity),
    listOf(others.map((other) => other.identity)),
    listOf(groups),
    starts ?? nothing,
    expires ?? nothing,
    isOver ? 't' : 'f',
    values === undefined ? nothing : escaped(JSON.stringify(values)),
    listOf(unusable.map(({ of }) => of)),
    levelsOf(others),
    'f',
  ]
  return `${columns.join('\t')}\n`
}

function levelsOf(others: readonly AssertedIdentity[]): string {
  const known = others.flatMap(({ identity, loa }) => (loa === undefined ? [] : [[identity, loa] as const]))
  return known.length === 0 ? nothing : escaped(JSON.stringify(Object.fromEntries(known)))
}

function spareLineOf(identity: string): string {
  return `${escaped(identity)}\t${nothing}\t${nothing}\t${nothing}\t${nothing}\tf\t${nothing}\t${nothing}\t${nothing}\tt\n`
}

function listOf(texts: readonly string[] = []): string {
  return texts.length === 0 ? nothing : escaped(`{${texts.map(quoted).join(',')}}`)
}

/** As `copy` writes null. */
const nothing = '\\N'

function escaped(text: string): string {
  return text.includes('\\') ? text.replaceAll('\\', '\\\\') : text
}

function quoted(text: string): string {
  return `"${text.replace(/[\\"]/g, '\\$&')}"`
}

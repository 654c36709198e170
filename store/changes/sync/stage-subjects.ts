import { pipeline } from 'node:stream/promises'
import { from as copyFrom } from 'pg-copy-streams'
import type { Day } from '../../../core/lifecycle/calendar.ts'
import type { IdentityRef } from '../../../core/model/state.ts'
import type { Lacking } from '../../../core/plan/judge-read.ts'
import type { Tx } from '../../pool.ts'
import type { Skips } from './skips.ts'

/** A person as a source names them. */
export interface SyncSubject {
  /** What the source calls them, `<source>/<login>`. */
  readonly identity: IdentityRef
  /** Identities at other sources that this one vouches for. */
  readonly others?: readonly IdentityRef[]
  /** Before this day the source does not mean it yet. */
  readonly starts?: Day
  /** The day on which it is over. */
  readonly expires?: Day
  /** The groups below the base that they are in, where a run is spread over groups. */
  readonly groups?: readonly string[]
  /** The source still lists them, but as somebody who is a member no more. */
  readonly isOver?: boolean
}

/** How a read came to its end. */
interface ReadEnd {
  /** Whether everybody was read. */
  readonly complete: boolean
  /** How many subjects the source gave. */
  readonly count: number
  /** In how many records the source lacked a field that it should have; nothing where none is asked for. */
  readonly lacking?: Lacking | undefined
}

/** What a source says, page by page. */
export interface SubjectRead {
  [Symbol.asyncIterator](): AsyncIterator<readonly SyncSubject[], ReadEnd>
}

/** What was staged, and whether that is everything. */
export interface Staged {
  readonly subjects: number
  readonly isComplete: boolean
  /** Whether some subject has more than one identity. */
  readonly hasOthers: boolean
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
    ...{ subjects: 0, isComplete: false, hasOthers: false, failure: undefined },
    lacking: { records: 0, fields: {} },
  }
  const copied = tx.query(copyFrom('copy sync_subject (ref, others, groups, starts, expires, is_over) from stdin'))
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
        const fit = value.filter((subject) => isNamed(subject, source))
        const unfit = value.length === fit.length ? [] : value.filter((subject) => !isNamed(subject, source))
        skips.add(
          'no-identity',
          unfit.length,
          unfit.map(({ identity }) => identity),
        )
        reading.subjects += fit.length
        reading.hasOthers ||= fit.some(({ others = [] }) => others.length > 0)
        if (fit.length > 0) yield fit.map(lineOf).join('')
      }
    } catch (error) {
      reading.failure = error instanceof Error ? error : new Error(String(error))
    }
  }, copied)
  return reading
}

type Reading = { -readonly [Key in keyof Staged]: Staged[Key] }

const tables = `
  create temporary table if not exists sync_subject (
    ref text collate "C" not null, others text[] collate "C", groups text[] collate "C", starts date, expires date, is_over boolean not null,
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
  truncate sync_subject, sync_spared, sync_diff, sync_access, sync_place`

const unprintable = /[\u0000-\u001f\u007f]/

function isNamed({ identity, others = [] }: SyncSubject, source: string): boolean {
  const isOwn = identity.startsWith(`${source}/`) && identity.length > source.length + 1
  return isOwn && [identity, ...others].every((one) => one.length <= 1_000 && !unprintable.test(one))
}

function lineOf({ identity, others, groups, starts, expires, isOver = false }: SyncSubject): string {
  return `${escaped(identity)}\t${listOf(others)}\t${listOf(groups)}\t${starts ?? nothing}\t${expires ?? nothing}\t${isOver ? 't' : 'f'}\n`
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

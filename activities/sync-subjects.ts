import type { ReadEnd, SourceRecord } from '../connectors/source.ts'
import type { Lacking } from '../core/plan/judge-read.ts'
import { valuesOf } from '../core/sources/record.ts'
import type { MappedRecord, SyncSubject as MappedSubject } from '../core/sources/subject.ts'
import type { SyncSubject } from '../store/index.ts'
import type { SyncProgress } from './sync.ts'

/** What a source gives, page by page. */
type Pages = AsyncGenerator<readonly SourceRecord[], ReadEnd>

export interface Reading {
  readonly pages: Pages
  readonly map: (record: SourceRecord) => MappedRecord
  /** Fields that each record should have. */
  readonly required: readonly string[]
  /** Told after each page. */
  readonly report: (progress: SyncProgress) => void
}

/**
 * Makes subjects of what a source gives. A read counts as complete only if the source says so, and if as many records came here as
 * it says it gave.
 */
export async function* readSubjects({
  pages,
  map,
  required,
  report,
}: Reading): AsyncGenerator<readonly SyncSubject[], SubjectsEnd> {
  const fields: Record<string, number> = Object.fromEntries(required.map((field) => [field, 0]))
  let read = 0
  let given = 0
  try {
    for (;;) {
      const { done, value } = await pages.next()
      if (done === true)
        return { complete: value.complete && value.count === read, count: given, lacking: { records: read, fields } }
      read += value.length
      for (const field of required) fields[field] = (fields[field] ?? 0) + lackingIn(value, field)
      report({ read })
      const subjects = value.map(map).flatMap((record) => (record.kind === 'subject' ? [stagedAs(record.subject)] : []))
      given += subjects.length
      yield subjects
    }
  } finally {
    // Whoever stops in between lets the source go.
    await pages.return({ complete: false, count: read })
  }
}

interface SubjectsEnd {
  readonly complete: boolean
  readonly count: number
  readonly lacking: Lacking
}

function lackingIn(records: readonly SourceRecord[], field: string): number {
  return records.filter((record) => valuesOf(record, field).length === 0).length
}

function stagedAs({ others, ...subject }: MappedSubject): SyncSubject {
  return { ...subject, ...(others !== undefined && { others: others.map(({ identity }) => identity) }) }
}

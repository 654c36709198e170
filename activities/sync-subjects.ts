import type { SourceRecord } from '../connectors/source.ts'
import type { Lacking } from '../core/plan/judge-read.ts'
import { valuesOf } from '../core/sources/record.ts'
import type { MappedRecord, SkippedRecord, SyncSubject } from '../core/sources/subject.ts'
import type { Pages } from './sync-source.ts'
import type { SyncProgress } from './sync.ts'

export interface Reading {
  readonly pages: Pages
  readonly map: (record: SourceRecord) => MappedRecord
  /** Fields that each record should have. */
  readonly required: readonly string[]
  /** Told after each page. */
  readonly report: (progress: SyncProgress) => void
}

/**
 * Makes subjects of what a source gives, and tells of the other records why not. A read counts as complete only if the source says
 * so, and if as many records came here as it says it gave.
 */
export async function* readSubjects({
  pages,
  map,
  required,
  report,
}: Reading): AsyncGenerator<readonly (SyncSubject | SkippedRecord)[], SubjectsEnd> {
  const fields: Record<string, number> = Object.fromEntries(required.map((field) => [field, 0]))
  let read = 0
  try {
    for (;;) {
      const { done, value } = await pages.next()
      if (done === true)
        return { complete: value.complete && value.count === read, count: read, lacking: { records: read, fields } }
      read += value.length
      for (const field of required) fields[field] = (fields[field] ?? 0) + lackingIn(value, field)
      report({ read })
      yield value.map(map).map((record) => (record.kind === 'subject' ? record.subject : record))
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

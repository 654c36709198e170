import type { GroupStructure } from '../../schemas/generated/config.ts'
import { GuildhallError } from '../errors.ts'
import { recordReader, type ReadOutcome, type RecordReader } from '../sources/record-reader.ts'
import type { SourceRecord } from '../sources/record.ts'
import type { GroupRecord, StructureNote } from './sourced-group.ts'

/** How a group is made of a record. */
export type StructureTemplates = Pick<GroupStructure, 'includes' | 'key' | 'name' | 'parent' | 'title'>

/** What records come to. */
export interface CollectedRecords {
  readonly records: readonly GroupRecord[]
  /** Keys of groups of which something cannot be read. */
  readonly unusable: ReadonlySet<string>
  readonly notes: readonly StructureNote[]
}

/** How many groups one source makes at most. */
const mostGroups = 100_000

/** In characters. */
const longestKey = 1_000
const longestTitle = 1_000

/** Collects what records say of groups; several that say the same are one, and what is wrong with one leaves out that one. */
export function collectRecords(templates: StructureTemplates): {
  readonly add: (records: readonly SourceRecord[]) => void
  readonly result: () => CollectedRecords
} {
  const read = readersOf(templates)
  const records = new Map<string, GroupRecord>()
  const unusable = new Set<string>()
  const notes = new Map<string, StructureNote>()
  const note = (one: StructureNote): void => void notes.set(JSON.stringify(one), one)
  return {
    add: (page) => {
      for (const record of page) {
        const outcome = groupOf(record, read, note)
        if (outcome === undefined) continue
        if ('unusable' in outcome) unusable.add(outcome.unusable)
        else records.set(JSON.stringify(outcome), outcome)
        if (records.size > mostGroups) throw tooMany()
      }
    },
    result: () => ({ records: [...records.values()], unusable, notes: [...notes.values()] }),
  }
}

function tooMany(): GuildhallError {
  const message = `Cannot make groups of a source: it names more than ${mostGroups}, the most there may be; select fewer`
  return new GuildhallError('SOURCE_ANSWER_WRONG', message, { facts: { limit: mostGroups } })
}

interface Readers {
  readonly key: RecordReader
  readonly name: RecordReader
  readonly parent: RecordReader
  readonly title: RecordReader
  readonly includes: RecordReader
}

function readersOf({ key, name, parent, title, includes }: StructureTemplates): Readers {
  const none: RecordReader = () => ({ kind: 'nothing' })
  return {
    key: recordReader(key, 'string'),
    name: recordReader(name, 'string'),
    parent: parent === undefined ? none : recordReader(parent, 'string'),
    title: title === undefined ? none : recordReader(title, 'string'),
    includes: includes === undefined ? none : recordReader(includes, 'array'),
  }
}

type Note = (one: StructureNote) => void

function groupOf(
  record: SourceRecord,
  read: Readers,
  note: Note,
): GroupRecord | { readonly unusable: string } | undefined {
  const key = keyOf(record, read, note)
  if (key === undefined) return undefined
  const [name, parent, includes] = allTexts(record, [read.name, read.parent, read.includes])
  if (name === undefined || parent === undefined || includes === undefined) {
    note({ reason: 'unreadable', key })
    return { unusable: key }
  }
  const title = titleOf(textsOf(read.title(record)))
  if (title === 'unfit') note({ reason: 'title-unfit', key })
  return {
    ...{ key, name: name[0] ?? '', includes: [...new Set(includes)].sort() },
    ...(parent[0] === undefined ? {} : { parent: parent[0] }),
    ...(title === undefined || title === 'unfit' ? {} : { title: title.text }),
  }
}

/** Nothing is read of a record that perhaps is not meant. */
function allTexts(record: SourceRecord, readers: readonly RecordReader[]): (readonly string[] | undefined)[] {
  return record.undecided === undefined ? readers.map((reader) => textsOf(reader(record))) : []
}

function keyOf(record: SourceRecord, read: Readers, note: Note): string | undefined {
  const [key = ''] = textsOf(read.key(record)) ?? []
  if (key !== '' && key.length <= longestKey) return key
  note({ reason: 'no-key', key: '', ...(key === '' ? {} : { value: key.slice(0, 100) }) })
  return undefined
}

function titleOf(texts: readonly string[] | undefined): { readonly text: string } | 'unfit' | undefined {
  if (texts === undefined) return 'unfit'
  const [text] = texts
  if (text === undefined) return undefined
  return text.length > longestTitle || unprintable.test(text) ? 'unfit' : { text }
}

const unprintable = /[\p{Cc}\p{Cf}\p{Cs}\p{Zl}\p{Zp}]/u

/** What is not empty; undefined where it cannot be read. */
function textsOf(outcome: ReadOutcome): string[] | undefined {
  if (outcome.kind === 'unreadable' || outcome.kind === 'failed') return undefined
  if (outcome.kind === 'nothing') return []
  const value = outcome.kind === 'texts' ? outcome.texts : outcome.value
  const texts = typeof value === 'string' ? [value] : Array.isArray(value) ? value : []
  return texts.flatMap((text: unknown) => (typeof text === 'string' && text.trim() !== '' ? [text.trim()] : []))
}

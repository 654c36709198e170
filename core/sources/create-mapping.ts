import type { SourceSpec, VoSync } from '../../schemas/generated/config.ts'
import type { Day } from '../lifecycle/calendar.ts'
import { valuesMapping, type AttributeKnowledge } from './map-values.ts'
import { mapGroups, type MapGroups, type MappedGroups } from './map-groups.ts'
import { readDay, type DayEdge } from './read-day.ts'
import { recordReader, type ReadOutcome, type RecordReader, type Written } from './record-reader.ts'
import type { SourceRecord } from './record.ts'
import type { AssertedIdentity, MappedRecord, RecordSkip, SyncSubject, UnusableValue } from './subject.ts'

/** Whose records are mapped, and what for. */
export interface MappingInput extends AttributeKnowledge {
  /** The name of the Source document. */
  readonly source: string
  readonly spec: Pick<SourceSpec, 'attributes' | 'expires' | 'identities' | 'login' | 'starts' | 'status'>
  /** The template of the login where the document has none, as the source's type says it. */
  readonly login: string
  /** How the groups of a person are found, where one read feeds many. */
  readonly path?: NonNullable<VoSync['groups']>['path']
  /** Of the VO; times become days there. */
  readonly zone: string
}

/**
 * Makes subjects of records. What is wrong with a record leaves out that record, what is wrong with a value that value; nothing in
 * a record makes it fail. The same record always gives the same subject.
 */
export function createMapping(input: MappingInput): (record: SourceRecord) => MappedRecord {
  const { source, spec } = input
  const identityOf = identityReader({ source, login: spec.login ?? input.login })
  const read: Readers = {
    others: (spec.identities ?? []).map(({ loa, ...identity }) => ({ loa, identityOf: identityReader(identity) })),
    datesAndStatus: datesAndStatus(spec, input.zone),
    values: valuesMapping(spec.attributes ?? {}, input),
    groups: input.path === undefined ? undefined : mapGroups(input.path),
  }
  return (record) => {
    const own = identityOf(record)
    if (own.kind === 'identity') return subjectOf(record, own.identity, read)
    const { reason, field = 'login' } = own.kind === 'nothing' ? { reason: 'no-identity' as const } : own
    return { kind: 'skipped', reason, field }
  }
}

interface Readers {
  readonly others: readonly { readonly loa: number | undefined; readonly identityOf: IdentityReader }[]
  readonly datesAndStatus: (record: SourceRecord) => DatesAndStatus | Left
  readonly values: ReturnType<typeof valuesMapping>
  readonly groups: MapGroups | undefined
}

interface Left {
  readonly kind: 'left'
  readonly reason: RecordSkip
  readonly field?: string
}

function subjectOf(record: SourceRecord, identity: string, read: Readers): MappedRecord {
  const skipped = ({ reason, field = 'identities' }: Left): MappedRecord => ({
    kind: 'skipped',
    reason,
    field,
    identity,
  })
  if (record.undecided !== undefined) return skipped({ kind: 'left', reason: 'unreadable', field: record.undecided })
  const others = othersOf(record, read)
  if ('kind' in others) return skipped(others)
  const dates = read.datesAndStatus(record)
  if ('kind' in dates) return skipped(dates)
  const grouped = read.groups?.(record)
  if (grouped !== undefined && 'kind' in grouped) return skipped(grouped)
  const { values, unusable = [] } = read.values(record)
  const subject: SyncSubject = { identity, ...dates, ...others, ...(values !== undefined && { values }) }
  return { kind: 'subject', subject: { ...subject, ...withGroups(unusable, grouped) } }
}

function withGroups(unusable: readonly UnusableValue[], grouped: MappedGroups | undefined): Partial<SyncSubject> {
  const unused = grouped === undefined ? unusable : [...unusable, ...grouped.unusable]
  return { ...(grouped !== undefined && { groups: grouped.groups }), ...(unused.length > 0 && { unusable: unused }) }
}

function othersOf(record: SourceRecord, read: Readers): Pick<SyncSubject, 'others'> | Left {
  const others: AssertedIdentity[] = []
  for (const { loa, identityOf } of read.others) {
    const other = identityOf(record)
    if (other.kind === 'left') return other
    if (other.kind === 'identity') others.push({ identity: other.identity, ...(loa !== undefined && { loa }) })
  }
  return others.length === 0 ? {} : { others }
}

type IdentityReader = (
  record: SourceRecord,
) => { readonly kind: 'identity'; readonly identity: string } | Left | Nothing

interface Nothing {
  readonly kind: 'nothing'
}

function identityReader({ source, login }: { readonly source: string; readonly login: string }): IdentityReader {
  const read = recordReader(login, 'string')
  return (record) => {
    const outcome = read(record)
    if (outcome.kind === 'unreadable') return { kind: 'left', reason: 'unreadable', field: outcome.field }
    const text = textOf(outcome)?.trim()
    if (text === undefined || text === '') return { kind: 'nothing' }
    const isLogin = plainLogin.test(text) || anyLogin.test(text)
    return isLogin ? { kind: 'identity', identity: `${source}/${text}` } : { kind: 'left', reason: 'no-identity' }
  }
}

/** The first is only quicker. */
const plainLogin = /^[\x21-\x7e]{1,200}$/
const anyLogin = /^[^\s\p{Cc}\p{Cf}\p{Cs}](?:[^\p{Cc}\p{Cf}\p{Cs}\p{Zl}\p{Zp}]{0,1022}[^\s\p{Cc}\p{Cf}\p{Cs}])?$/u

type DatesAndStatus = Pick<SyncSubject, 'expires' | 'isOver' | 'starts'>

function datesAndStatus(
  { starts, expires, status }: Pick<SourceSpec, 'expires' | 'starts' | 'status'>,
  zone: string,
): (record: SourceRecord) => DatesAndStatus | Left {
  const startsOf = dayReader(starts, { key: 'starts', zone, edge: 'begins' })
  const expiresOf = dayReader(expires, { key: 'expires', zone, edge: 'ends' })
  const isOverOf = statusReader(status)
  return (record) => {
    const first = startsOf(record)
    if (typeof first === 'object') return first
    const last = expiresOf(record)
    if (typeof last === 'object') return last
    const isOver = isOverOf(record)
    if (typeof isOver === 'object') return isOver
    return {
      ...(first !== undefined && { starts: first }),
      ...(last !== undefined && { expires: last }),
      ...(isOver && { isOver }),
    }
  }
}

interface DayReading {
  readonly key: string
  readonly zone: string
  readonly edge: DayEdge
}

function dayReader(
  written: Written | undefined,
  { key, ...reading }: DayReading,
): (record: SourceRecord) => Day | undefined | Left {
  if (written === undefined) return () => undefined
  return reader(written, { reason: 'date-invalid', key }, (text) => readDay(text, reading))
}

const statuses: Readonly<Record<string, boolean>> = { valid: false, expired: true }

function statusReader(written: Written | undefined): (record: SourceRecord) => boolean | Left {
  if (written === undefined) return () => false
  const read = reader(written, { reason: 'status-invalid', key: 'status' }, (text) => statuses[text.toLowerCase()])
  return (record) => read(record) ?? false
}

/** Undefined where a record says nothing; what it says and `parse` does not understand leaves it out. */
function reader<T>(
  written: Written,
  { reason, key }: { readonly reason: RecordSkip; readonly key: string },
  parse: (text: string) => T | undefined,
): (record: SourceRecord) => T | undefined | Left {
  const read: RecordReader = recordReader(written, 'string')
  return (record) => {
    const outcome = read(record)
    if (outcome.kind === 'unreadable') return { kind: 'left', reason: 'unreadable', field: outcome.field }
    if (outcome.kind === 'failed') return { kind: 'left', reason, field: key }
    const text = textOf(outcome)?.trim()
    if (text === undefined || text === '') return undefined
    return parse(text) ?? { kind: 'left', reason, field: key }
  }
}

function textOf(outcome: ReadOutcome): string | undefined {
  if (outcome.kind === 'texts') return outcome.texts[0]
  return outcome.kind === 'value' && typeof outcome.value === 'string' ? outcome.value : undefined
}

import type { VoSync } from '../../schemas/generated/config.ts'
import { showValue } from '../model/show-value.ts'
import { recordReader, type ReadOutcome } from './record-reader.ts'
import type { SourceRecord } from './record.ts'
import type { RecordSkip, UnusableValue } from './subject.ts'

/** The groups of a record, each once; what is no name of a group is left out alone. */
export interface MappedGroups {
  readonly groups: readonly string[]
  readonly unusable: readonly UnusableValue[]
}

/** Finds the groups of records; a field that cannot be read leaves out the record, so that nobody leaves a group by it. */
export type MapGroups = (
  record: SourceRecord,
) => MappedGroups | { readonly kind: 'left'; readonly reason: RecordSkip; readonly field: string }

/** A path below the base, or a key by which another source keeps a group there; which groups there are, the run knows. */
const groupName = /^[^\p{Cc}\p{Cf}\p{Cs}\p{Zl}\p{Zp}]{1,1000}$/u

/** Makes groups of records by what `groups.path` of a VO's sync says. */
export function mapGroups(path: NonNullable<VoSync['groups']>['path']): MapGroups {
  const read = recordReader(path, 'array')
  return (record) => {
    const outcome = read(record)
    if (outcome.kind === 'unreadable') return { kind: 'left', reason: 'unreadable', field: outcome.field }
    if (outcome.kind === 'failed') return { kind: 'left', reason: 'unreadable', field: 'groups.path' }
    const names = new Set(textsOf(outcome))
    const groups = [...names].filter((name) => groupName.test(name))
    const unusable = [...names].filter((name) => !groupName.test(name)).map(unusableName)
    return { groups, unusable }
  }
}

function unusableName(name: string): UnusableValue {
  return {
    reason: 'value-invalid',
    of: 'groups',
    message: `expected one line of printable text such as "telescope:operators", got ${showValue(name)}`,
  }
}

function textsOf(outcome: ReadOutcome): readonly string[] {
  if (outcome.kind === 'texts') return outcome.texts
  if (outcome.kind !== 'value') return []
  const { value } = outcome
  return Array.isArray(value) ? value.filter((item) => typeof item === 'string') : []
}

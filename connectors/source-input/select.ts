import type { SourceRecord } from '../source.ts'
import { optionsInvalid } from './options.ts'

/** What a record has to have: every field one value that is exactly this. */
export type Selection = readonly { readonly field: string; readonly value: string }[]

/** Reads `field=value[,field=value]`. */
export function readSelect(type: string, select: string | undefined): Selection {
  if (select === undefined) return []
  return select.split(',').map((condition) => {
    const at = condition.indexOf('=')
    const field = condition.slice(0, at).trim()
    if (at > 0 && field !== '') return { field, value: condition.slice(at + 1).trim() }
    throw optionsInvalid(type, `select ${JSON.stringify(select)} must be "field=value[,field=value]"`)
  })
}

/** The records that are among those asked for, and those of which that cannot be told. */
export function selected(records: readonly SourceRecord[], selection: Selection): readonly SourceRecord[] {
  if (selection.length === 0) return records
  return records.flatMap((record) => {
    const left = selection.filter((condition) => !holds(record, condition))
    const [first] = left
    if (first === undefined) return record
    return left.every(({ field }) => isUnreadable(record, field)) ? { ...record, undecided: first.field } : []
  })
}

function holds({ fields }: SourceRecord, { field, value }: Selection[number]): boolean {
  return Object.hasOwn(fields, field) && fields[field]?.includes(value) === true
}

function isUnreadable({ unreadable = {} }: SourceRecord, field: string): boolean {
  return Object.hasOwn(unreadable, field)
}

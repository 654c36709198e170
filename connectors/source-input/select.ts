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

/** Tells whether the record is among those asked for. */
export function isSelected({ fields }: SourceRecord, selection: Selection): boolean {
  return selection.every(({ field, value }) => Object.hasOwn(fields, field) && fields[field]?.includes(value) === true)
}

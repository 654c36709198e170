/** One subject as a source gives it: its fields by name, each with its values in the source's order. */
export interface SourceRecord {
  readonly fields: Readonly<Record<string, readonly string[]>>
  /** Fields whose value could not be read, and why: nothing is made from them, and whoever needs one is left out. */
  readonly unreadable?: Readonly<Record<string, UnreadableReason>>
  /** The unreadable field that would tell whether this one was asked for: whoever it names keeps what they have. */
  readonly undecided?: string
}

/** Longer than `longestValue`, with a NUL in it, or not UTF-8. */
export type UnreadableReason = 'too-long' | 'nul' | 'not-utf8'

/** The values of a field, without empty ones; none where the record does not have it. */
export function valuesOf({ fields }: SourceRecord, field: string): readonly string[] {
  const values = Object.hasOwn(fields, field) ? fields[field] : undefined
  if (values === undefined) return nothing
  return values.includes('') ? values.filter((value) => value !== '') : values
}

const nothing: readonly string[] = []

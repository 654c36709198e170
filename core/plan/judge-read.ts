import { countPeople } from '../model/count.ts'
import type { GuardReason } from '../model/plan.ts'

/** What a complete read of a source says of itself, before anybody is compared. */
export interface ReadNumbers {
  readonly source: string
  /** The VO or group that it fills, such as `group astro/telescope`. */
  readonly place: string
  /** How many it names. */
  readonly named: number
  /** How many the last read named that was let through; undefined where this is the first. */
  readonly namedBefore: number | undefined
  /** People whom its rows hold there. */
  readonly held: number
  readonly mayBeEmpty: boolean
  readonly lacking: Lacking
  /** People of whom it says what it said of another one before. */
  readonly exchanged: number
}

/** In how many records a field was missing that every record should have. */
export interface Lacking {
  readonly records: number
  readonly fields: Readonly<Record<string, number>>
}

/** How far a read may be from the one before, in percent. */
export interface ReadLimits {
  readonly shrink: number
  readonly missing: number
  /** Both count from so many people or records on. */
  readonly from: number
}

/** Lists why a read must wait for approval, whatever it would change. */
export function judgeRead(numbers: ReadNumbers, limits: ReadLimits): GuardReason[] {
  return [
    ...judgeEmpty(numbers),
    ...judgeShrunk(numbers, limits),
    ...judgeLacking(numbers, limits),
    ...judgeExchanged(numbers),
  ]
}

function judgeEmpty({ source, place, named, held, mayBeEmpty }: ReadNumbers): GuardReason[] {
  if (named > 0 || held === 0 || mayBeEmpty) return []
  const subject = `source ${source}`
  const message = `${subject} names nobody for ${place}, where ${countPeople(held)} are members by it`
  return [{ code: 'source-empty', subject, message, removed: held, base: held }]
}

function judgeShrunk({ source, place, named, namedBefore }: ReadNumbers, limits: ReadLimits): GuardReason[] {
  if (named === 0 || namedBefore === undefined || namedBefore < limits.from) return []
  if (named * 100 >= (100 - limits.shrink) * namedBefore) return []
  const subject = `source ${source}`
  const limit = `${limits.shrink}%`
  const message = `${subject} names ${named} for ${place} where it named ${countPeople(namedBefore)} before, the limit is ${limit} fewer`
  return [{ code: 'source-shrank', subject, message, removed: namedBefore - named, base: namedBefore, limit }]
}

function judgeLacking({ source, place, lacking: { records, fields } }: ReadNumbers, limits: ReadLimits): GuardReason[] {
  if (records < limits.from) return []
  const limit = `${limits.missing}%`
  return Object.entries(fields).flatMap(([field, missing]): GuardReason[] => {
    if (missing * 100 <= limits.missing * records) return []
    const message = `source ${source} lacks "${field}" in ${missing} of ${records} records for ${place}, the limit is ${limit}`
    return [
      {
        code: 'source-lacks-field',
        subject: `source ${source} field ${field}`,
        message,
        removed: missing,
        base: records,
        limit,
      },
    ]
  })
}

/** One is too many: who gets another's address or keys by it gets their access. */
function judgeExchanged({ source, place, named, exchanged }: ReadNumbers): GuardReason[] {
  if (exchanged === 0) return []
  const subject = `source ${source}`
  const message = `${subject} says of ${countPeople(exchanged)} for ${place} what it said of others before: their logins there may have been swapped`
  return [{ code: 'source-swaps-people', subject, message, removed: exchanged, base: named }]
}

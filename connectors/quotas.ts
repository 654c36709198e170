import type { JsonObject, JsonValue } from '../core/model/json.ts'
import { isPlainPath } from './plain-paths.ts'

/** Limits of one person in one place, 0 for none: `soft` may be passed for a while, `hard` never. */
interface Quota {
  readonly soft: number
  readonly hard: number
}

/** What somebody may fill of one place: data in kilobytes (of 1,024 bytes), and a number of files. */
export interface PlaceQuota {
  readonly path: string
  readonly data: Quota
  readonly files: Quota
}

/** By which people are told what they may fill: maps from paths to `soft:hard`. */
export const quotaAttributes = ['user-facility.dataQuotas', 'user-facility.fileQuotas'] as const

const none: Quota = { soft: 0, hard: 0 }
const dataPattern = /^(\d{1,9})([KMGTPE]?)$/
const countPattern = /^\d{1,12}$/
const kilobytes: Readonly<Record<string, number>> = {
  ...{ K: 1, M: 1024, G: 1024 ** 2, T: 1024 ** 3, P: 1024 ** 4, E: 1024 ** 5 },
}

/** Reads what an account may fill, by path in code-point order; a place that one map alone names is unlimited by the other. */
export function readQuotas(attributes: JsonObject): readonly PlaceQuota[] | { readonly reason: string } {
  const [dataName, fileName] = quotaAttributes
  const data = readMap(attributes[dataName], kilobytesOf)
  const files = readMap(attributes[fileName], countOf)
  if (data === undefined) return { reason: `${dataName} is no map of plain paths to quotas such as "10G:12G"` }
  if (files === undefined) return { reason: `${fileName} is no map of plain paths to quotas such as "1000:1200"` }
  const paths = [...new Set([...data.keys(), ...files.keys()])].sort()
  return paths.map((path) => ({ path, data: data.get(path) ?? none, files: files.get(path) ?? none }))
}

/** Reads an amount of data such as `10G`, without a letter in gigabytes; undefined where it is none. */
export function kilobytesOf(text: string): number | undefined {
  const [, digits, unit = ''] = dataPattern.exec(text) ?? []
  const factor = kilobytes[unit === '' ? 'G' : unit]
  const amount = digits === undefined || factor === undefined ? undefined : Number(digits) * factor
  return amount !== undefined && Number.isSafeInteger(amount) ? amount : undefined
}

function countOf(text: string): number | undefined {
  return countPattern.test(text) ? Number(text) : undefined
}

function readMap(
  value: JsonValue | undefined,
  read: (text: string) => number | undefined,
): ReadonlyMap<string, Quota> | undefined {
  if (value === undefined || value === null) return new Map()
  if (typeof value !== 'object' || Array.isArray(value)) return undefined
  const entries = Object.entries(value).map(([path, text]) => [path, quotaOf(text, read)] as const)
  const good = entries.flatMap(([path, quota]) =>
    isPlainPath(path) && quota !== undefined ? [[path, quota] as const] : [],
  )
  return good.length === entries.length ? new Map(good) : undefined
}

function quotaOf(text: JsonValue, read: (text: string) => number | undefined): Quota | undefined {
  const [first = '', second = '', ...more] = typeof text === 'string' ? text.split(':') : []
  const [soft, hard] = [read(first), read(second)]
  if (soft === undefined || hard === undefined || more.length > 0) return undefined
  return hard === 0 || soft <= hard ? { soft, hard } : undefined
}

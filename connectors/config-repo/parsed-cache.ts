import { schemaVersion } from '../../schemas/validate.ts'

/** Keeps what was parsed of a blob, the least recently used leaving first. */
export interface ParsedCache<T> {
  get(blob: string): T | undefined
  set(blob: string, parsed: T, textBytes: number): void
}

/** Plain data and offsets take about this many times the room of their text. */
const growth = 12

/** Makes a cache by (blob id, schema version) that holds about this many bytes. */
export function createParsedCache<T>(limitBytes = 268_435_456): ParsedCache<T> {
  const entries = new Map<string, { readonly parsed: T; readonly bytes: number }>()
  let total = 0
  return {
    get(blob) {
      const key = `${schemaVersion}:${blob}`
      const found = entries.get(key)
      if (found === undefined) return undefined
      entries.delete(key)
      entries.set(key, found)
      return found.parsed
    },
    set(blob, parsed, textBytes) {
      const key = `${schemaVersion}:${blob}`
      const bytes = textBytes * growth
      if (bytes > limitBytes || entries.has(key)) return
      entries.set(key, { parsed, bytes })
      total += bytes
      for (const [oldest, { bytes: freed }] of entries) {
        if (total <= limitBytes) return
        entries.delete(oldest)
        total -= freed
      }
    },
  }
}

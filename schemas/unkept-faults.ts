import { findUnkept } from '../core/model/find-unkept.ts'
import type { DocumentPath, Fault } from './fault.ts'

/** Lists the texts of a plain document that no database could hold, which a file can write by escapes. */
export function unkeptFaults(value: unknown, path: DocumentPath = []): Fault[] {
  if (findUnkept(value) === undefined) return []
  if (typeof value !== 'object' || value === null) return [faultOf(value, { path, on: 'value' })]
  return Object.entries(value).flatMap(([key, inner]) => {
    const at = [...path, Array.isArray(value) ? Number(key) : key]
    return findUnkept(key) === undefined ? unkeptFaults(inner, at) : [faultOf(key, { path: at, on: 'key' })]
  })
}

function faultOf(text: unknown, at: Pick<Fault, 'on' | 'path'>): Fault {
  return {
    ...at,
    code: 'value-invalid',
    message: `expected text that can be kept, got the character ${findUnkept(text) ?? ''} in it`,
  }
}

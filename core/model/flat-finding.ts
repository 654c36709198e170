import type { FlatFinding } from './answers.ts'
import type { Finding } from './finding.ts'

/** Brings a finding into the one form that every output prints; what it does not name is null. */
export function flatFinding({ severity, code, at, path, message }: Finding): FlatFinding {
  return {
    severity,
    code,
    file: at?.file ?? null,
    line: at?.line ?? null,
    column: at?.column ?? null,
    path: path ?? null,
    message,
  }
}

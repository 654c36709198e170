import type { FlatFinding } from '../../core/model/answers.ts'
import { count } from '../../core/model/count.ts'

/** One line per finding, as editors and people read places. */
export function renderFindings(findings: readonly FlatFinding[]): string {
  return findings.map(renderFinding).join('\n')
}

function renderFinding({ severity, code, file, line, column, path, message }: FlatFinding): string {
  const place = file === null ? '' : `${file}:${line ?? 1}:${column ?? 1} `
  const where = path === null || path === '' ? '' : `${path}: `
  return `${place}${severity} ${code} ${where}${message}`
}

/** `1 error, 2 warnings`. */
export function countFindings(findings: readonly Pick<FlatFinding, 'severity'>[]): string {
  const errors = findings.filter(({ severity }) => severity === 'error').length
  return `${count(errors, 'error')}, ${count(findings.length - errors, 'warning')}`
}

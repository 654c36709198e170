/** Every code a finding can carry; `docs/errors.md` explains each, and a test keeps the two lists equal. */
export const findingCodes = [
  'attribute-mismatch',
  'attribute-missing',
  'cycle',
  'date-past',
  'duplicate',
  'file-refused',
  'full',
  'history-rewritten',
  'identity-erased',
  'identity-taken',
  'key-not-supported-yet',
  'key-unknown',
  'name-unsafe',
  'offer-exceeded',
  'previously-ambiguous',
  'protected',
  'reconcile-failed',
  'reference-unknown',
  'rename-suspected',
  'secret-plain',
  'snapshot-failed',
  'status-not-carried',
  'still-used',
  'terms-changed',
  'terms-new',
  'value-invalid',
  'value-unsafe',
  'yaml-invalid',
] as const

/** A stable word for what a finding is about. */
export type FindingCode = (typeof findingCodes)[number]

/** Every code an error of ours can carry; `docs/errors.md` explains each, and a test keeps the two lists equal. */
export const errorCodes = [
  'AUDIT_BROKEN',
  'COMMAND_MISUSED',
  'CONFIG_UNREADABLE',
  'DELIVERY_REFUSED',
  'DESTINATION_OPTIONS_INVALID',
  'FENCED',
  'GIT_REFUSED',
  'HOLD_NOT_APPROVABLE',
  'HOLD_UNKNOWN',
  'IDENTITY_UNKNOWN',
  'MIGRATION_CHANGED',
  'OBJECT_UNKNOWN',
  'PLAN_STALE',
  'SECRET_MISSING',
  'SERVER_MISSING',
  'SNAPSHOT_GONE',
  'STATE_UNREACHABLE',
  'TEMPLATE_FAILED',
  'VO_BUSY',
] as const

/** A stable word for what went wrong. */
export type ErrorCode = (typeof errorCodes)[number]

import { ActivityFailure, ApplicationFailure, TimeoutFailure } from '@temporalio/workflow'

/** Tells in one line why an activity failed: the code and message of the failure below it. */
export function reasonOf(error: unknown): string {
  if (!(error instanceof ActivityFailure)) return error instanceof Error ? error.message : String(error)
  const { cause } = error
  if (cause instanceof ApplicationFailure) return `${cause.type ?? 'error'}: ${cause.message}`
  if (cause instanceof TimeoutFailure) return 'the attempt took too long'
  return cause?.message ?? error.message
}

/** Tells the code of the failure an activity ended with. */
export function codeOf(error: unknown): string | undefined {
  return error instanceof ActivityFailure && error.cause instanceof ApplicationFailure
    ? (error.cause.type ?? undefined)
    : undefined
}

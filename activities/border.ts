import { ApplicationFailure, Context } from '@temporalio/activity'
import type { ErrorCode } from '../core/error-codes.ts'
import { GuildhallError } from '../core/errors.ts'

/** What work may use of the attempt it runs in. */
export interface AttemptContext {
  /** Aborted when the attempt is cancelled or the worker stops. */
  readonly signal: AbortSignal
}

const heartbeatEveryMs = 4_000

/** Ours, but not because of wrong input: trying again may help. */
const passing: ReadonlySet<ErrorCode> = new Set<ErrorCode>(['CONFIG_UNREADABLE', 'STATE_UNREACHABLE', 'VO_BUSY'])

/** Makes work an activity: it beats while the work lasts, and tells wrong input (never retried) from a failing other side. */
export function asActivity<I, O>(work: (input: I, context: AttemptContext) => Promise<O>): (input: I) => Promise<O> {
  return async (input) => {
    const context = Context.current()
    const beat = setInterval(() => context.heartbeat(), heartbeatEveryMs)
    try {
      return await work(input, { signal: context.cancellationSignal })
    } catch (error) {
      throw mapError(error)
    } finally {
      clearInterval(beat)
    }
  }
}

function mapError(error: unknown): unknown {
  if (!(error instanceof GuildhallError)) return error
  const failure = { message: error.message, type: error.code, cause: error }
  return passing.has(error.code)
    ? ApplicationFailure.create({ ...failure, nonRetryable: false })
    : ApplicationFailure.create({ ...failure, nonRetryable: true })
}

import { ApplicationFailure, Context } from '@temporalio/activity'
import type { ErrorCode } from '../core/error-codes.ts'
import { GuildhallError } from '../core/errors.ts'

/** What work may use of the attempt it runs in. */
interface AttemptContext {
  /** Aborted when the attempt is cancelled or the worker stops. */
  readonly signal: AbortSignal
  /** Says how far the attempt has come, to whoever looks at the workflow. */
  readonly report: (progress: unknown) => void
}

const heartbeatEveryMs = 4_000

/** Ours, but not because of wrong input: trying again may help. */
const passing: ReadonlySet<ErrorCode> = new Set<ErrorCode>(['CONFIG_UNREADABLE', 'STATE_UNREACHABLE', 'VO_BUSY'])

/** Makes work an activity: it beats while the work lasts, and tells wrong input (never retried) from a failing other side. */
export function asActivity<I, O>(work: Work<I, O>): (input: I) => Promise<O> {
  return attemptTo(work, async (error) => Promise.resolve(mapError(error)))
}

/** What failed, by its code, and whether another attempt will be made. */
export interface AttemptFailure {
  readonly code: ErrorCode
  readonly message: string
  readonly isFinal: boolean
}

/** Like `asActivity`, but of a failure only its code leaves this process: the whole of it is told to `onFailure`. */
export function asDiscreetActivity<I, O>(
  work: Work<I, O>,
  onFailure: (input: I, failure: AttemptFailure) => Promise<void>,
): (input: I) => Promise<O> {
  return attemptTo(work, async (error, input) => {
    const code = error instanceof GuildhallError ? error.code : 'UNEXPECTED'
    const nonRetryable = error instanceof GuildhallError && !passing.has(code)
    const message = error instanceof Error ? error.message : String(error)
    const { attempt, retryPolicy } = Context.current().info
    const isFinal = nonRetryable || attempt >= (retryPolicy?.maximumAttempts ?? Infinity)
    // What cannot be noted here is noted by its code, by whoever asked for the work.
    await onFailure(input, { code, message, isFinal }).catch(() => undefined)
    return ApplicationFailure.create({ message: code, type: code, nonRetryable })
  })
}

type Work<I, O> = (input: I, context: AttemptContext) => Promise<O>

function attemptTo<I, O>(
  work: Work<I, O>,
  toFailure: (error: unknown, input: I) => Promise<unknown>,
): (input: I) => Promise<O> {
  return async (input) => {
    const context = Context.current()
    let progress: unknown
    const beat = setInterval(() => context.heartbeat(progress), heartbeatEveryMs)
    const report = (now: unknown): void => {
      progress = now
      context.heartbeat(now)
    }
    try {
      return await work(input, { signal: context.cancellationSignal, report })
    } catch (error) {
      throw await toFailure(error, input)
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

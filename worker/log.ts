import type { Logger, LogLevel, LogMetadata } from '@temporalio/worker'
import { pino } from 'pino'

export type Log = pino.Logger

/** Opens the process's log: JSON lines on standard error. */
export function openLog(level: string): Log {
  // Temporal hands whole errors over under this key; without a serializer they would print as {}.
  const serializers = { error: pino.stdSerializers.err }
  // Long, of use to nobody who reads, and with it somebody else could answer for the activity.
  const redact = { paths: ['taskToken'], remove: true }
  return pino({ level, base: null, timestamp: pino.stdTimeFunctions.isoTime, serializers, redact }, pino.destination(2))
}

const levels = {
  TRACE: 'trace',
  DEBUG: 'debug',
  INFO: 'info',
  WARN: 'warn',
  ERROR: 'error',
} as const satisfies Record<LogLevel, string>

/** Lets Temporal write to our log. */
export function temporalLogger(log: Log): Logger {
  const write = (level: LogLevel, message: string, facts: LogMetadata = {}) => {
    // A worker for activities alone is meant to be one.
    const isMeant = message.includes('not polling for')
    log[isMeant ? 'debug' : levels[level]](facts, message)
  }
  return {
    log: (level, message, facts) => write(level, message, facts),
    trace: (message, facts) => write('TRACE', message, facts),
    debug: (message, facts) => write('DEBUG', message, facts),
    info: (message, facts) => write('INFO', message, facts),
    warn: (message, facts) => write('WARN', message, facts),
    error: (message, facts) => write('ERROR', message, facts),
  }
}

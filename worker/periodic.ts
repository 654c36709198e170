import type { Log } from './log.ts'

export interface Periodic {
  /** Runs the work as soon as may be; calls that come while it runs are one more run. */
  nudge(): void
  /** Ends it, tells the run under way, and waits for that. */
  stop(): Promise<void>
}

interface PeriodicOptions {
  readonly name: string
  readonly everyMs: () => number
  /** The signal is aborted when the work is to stop. */
  readonly work: (signal: AbortSignal) => Promise<void>
  readonly log: Log
}

/** Runs work again and again, one run at a time, at once when nudged; a run that fails is logged, unless it was told to stop, and the next one tries again. */
export function runPeriodically({ name, everyMs, work, log }: PeriodicOptions): Periodic {
  const stopping = new AbortController()
  const isStopping = () => stopping.signal.aborted
  let isNudged = false
  let wake: () => void = () => undefined
  const nudge = () => {
    isNudged = true
    wake()
  }
  const pause = async () =>
    new Promise<void>((resolve) => {
      const timer = setTimeout(resolve, everyMs())
      wake = () => {
        clearTimeout(timer)
        resolve()
      }
      if (isNudged || isStopping()) wake()
    })
  const loop = async () => {
    while (!isStopping()) {
      isNudged = false
      try {
        await work(stopping.signal)
      } catch (error) {
        if (isStopping()) return
        log.warn({ name, error: error instanceof Error ? error.message : String(error) }, 'Periodic work failed')
        await new Promise((resolve) => setTimeout(resolve, 250).unref())
      }
      await pause()
    }
  }
  const ended = loop()
  return {
    nudge,
    stop: async () => {
      stopping.abort()
      wake()
      await ended
    },
  }
}

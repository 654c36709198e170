/** Runs `work` at once, but at most once in `everyMs`; what is asked for meanwhile is one more run when the time is over. */
export interface Throttle {
  ask(): Promise<void>
  stop(): void
}

export interface ThrottleOptions {
  readonly everyMs: number
  readonly now: () => Date
  readonly work: () => Promise<void>
  /** Told of a run that failed after its caller has been answered. */
  readonly failed: (error: unknown) => void
}

export function createThrottle({ everyMs, now, work, failed }: ThrottleOptions): Throttle {
  let freeAt = 0
  let timer: NodeJS.Timeout | undefined
  const run = (): Promise<void> => {
    timer = undefined
    freeAt = now().getTime() + everyMs
    return work()
  }
  return {
    ask: async () => {
      if (timer !== undefined) return
      const waitMs = Math.min(everyMs, freeAt - now().getTime())
      if (waitMs <= 0) return run()
      timer = setTimeout(() => void run().catch(failed), waitMs)
    },
    stop: () => clearTimeout(timer),
  }
}

/** Lets each caller fail so many times in a span; who fails more often waits until the span is over. */
export interface RateLimit {
  /** How long the caller has to wait, in milliseconds; undefined for not at all. */
  waitMs(caller: string): number | undefined
  /** Counts a failure. */
  failed(caller: string): void
}

export interface RateLimitOptions {
  readonly most: number
  readonly spanMs: number
  readonly now: () => Date
  /** Callers that are remembered at once; the one that has been there longest goes first. */
  readonly callers?: number
}

interface Span {
  readonly endsAt: number
  readonly failures: number
}

export function createRateLimit({ most, spanMs, now, callers = 10_000 }: RateLimitOptions): RateLimit {
  const spans = new Map<string, Span>()
  const current = (caller: string): Span | undefined => {
    const span = spans.get(caller)
    if (span === undefined || span.endsAt > now().getTime()) return span
    spans.delete(caller)
    return undefined
  }
  return {
    waitMs: (caller) => {
      const span = current(caller)
      return span === undefined || span.failures < most ? undefined : span.endsAt - now().getTime()
    },
    failed: (caller) => {
      const { endsAt, failures } = current(caller) ?? { endsAt: now().getTime() + spanMs, failures: 0 }
      spans.set(caller, { endsAt, failures: failures + 1 })
      const [oldest] = spans.keys()
      if (spans.size > callers && oldest !== undefined) spans.delete(oldest)
    },
  }
}

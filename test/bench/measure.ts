/** One row of `npm run bench`: a figure against a baseline measured in the same run. */
export interface Row {
  readonly name: string
  /** `value / baseline` pair by pair, the median; for latencies `value / goal`. */
  readonly ratio: number
  readonly goal: number
  readonly value: number
  readonly baseline: number
  readonly unit: 'ms' | 'MB'
  readonly n: number
}

/** A benchmark: it sets its world up once, then the runner measures both sides in turn. */
export interface Bench {
  readonly name: string
  readonly goal: number
  /** Of both sides; of durations unless it says so. */
  readonly unit?: Row['unit']
  prepare(): Promise<Sides>
}

/** What is measured. Each side returns its own figure, a duration in ms unless the benchmark names another unit, so that set-up inside a round does not count. */
export interface Sides {
  value(round: number): Promise<number>
  baseline(round: number): Promise<number>
  close(): Promise<void>
}

const rounds = 5

/** Runs one warm-up and five counted rounds, value and baseline in turn, and takes the median of the ratios. */
export async function measure(bench: Bench): Promise<Row> {
  const sides = await bench.prepare()
  try {
    await sides.baseline(0)
    await sides.value(0)
    const values: number[] = []
    const baselines: number[] = []
    for (let round = 1; round <= rounds; round += 1) {
      baselines.push(await sides.baseline(round))
      values.push(await sides.value(round))
    }
    const ratios = values.map((value, index) => value / (baselines[index] ?? Number.NaN))
    return {
      name: bench.name,
      ratio: rounded(median(ratios)),
      goal: bench.goal,
      value: rounded(median(values)),
      baseline: rounded(median(baselines)),
      unit: bench.unit ?? 'ms',
      n: rounds,
    }
  } finally {
    await sides.close()
  }
}

/** The time `work` takes, in ms. */
export async function timed(work: () => unknown): Promise<number> {
  const from = performance.now()
  await work()
  return performance.now() - from
}

/** The middle of the values; the upper one of two. */
function median(values: readonly number[]): number {
  return percentile(values, 0.5)
}

/** The value below which the given share of the values lies, by nearest rank. */
export function percentile(values: readonly number[], share: number): number {
  const sorted = [...values].sort((one, other) => one - other)
  return sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * share))] ?? Number.NaN
}

/** Two decimals are enough for a ratio. */
export function rounded(value: number): number {
  return Math.round(value * 100) / 100
}

import type { Drift, Observation } from './destination.ts'

/** How many drifts of each kind are named; the others are counted. */
const named = 100

/** Gathers what is found at a destination, in any order. */
export interface Findings {
  same(): void
  drift(kind: Drift['kind'], name: string): void
  /** What was found, with the generation that is installed. */
  observation(generation: number | undefined): Observation
}

/** Starts a comparison; memory does not grow with what is found. */
export function createFindings(): Findings {
  let same = 0
  const counts: Record<Drift['kind'], number> = { missing: 0, different: 0, surplus: 0, foreign: 0 }
  const drifts: Drift[] = []
  return {
    same: () => {
      same += 1
    },
    drift: (kind, name) => {
      counts[kind] += 1
      if (counts[kind] <= named) drifts.push({ kind, name })
    },
    observation: (generation) => ({ generation, same, counts: { ...counts }, drifts: [...drifts].sort(byKindAndName) }),
  }
}

function byKindAndName(one: Drift, other: Drift): number {
  if (one.kind !== other.kind) return one.kind < other.kind ? -1 : 1
  if (one.name === other.name) return 0
  return one.name < other.name ? -1 : 1
}

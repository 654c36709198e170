/** How many steps an evaluation takes at most, by powers of the length of the longest list: `[a, b, c]` is a + b·n + c·n². */
export type Cost = readonly number[]

/** One step, however long the lists are. */
export const flatCost: Cost = [1]

/** The most steps of one evaluation. */
export const mostSteps = 250_000

/** One thing after the other. */
export function addCosts(...costs: readonly Cost[]): Cost {
  const length = Math.max(0, ...costs.map((cost) => cost.length))
  return Array.from({ length }, (_, power) => costs.reduce((sum, cost) => sum + (cost[power] ?? 0), 0))
}

/** The same for each item of a list. */
export function perItem(cost: Cost): Cost {
  return [1, ...cost]
}

/** Counts the steps where the longest list has so many items. */
export function stepsFor(cost: Cost, items: number): number {
  return cost.reduce((sum, factor, power) => sum + factor * items ** power, 0)
}

/**
 * Puts things into an order in which each comes after those it needs, and lists the circles: what is in one, or needs what
 * is in one, is in no order.
 */
export function orderByNeeds<T>(
  things: readonly T[],
  needsOf: (thing: T) => Iterable<T>,
): { readonly order: readonly T[]; readonly circles: readonly (readonly T[])[] } {
  const needed = new Map(things.map((thing) => [thing, new Set(needsOf(thing))]))
  const order: T[] = []
  const done = new Set<T>()
  for (let ready = things; ready.length > 0;) {
    ready = things.filter((thing) => !done.has(thing) && [...(needed.get(thing) ?? [])].every((one) => done.has(one)))
    for (const thing of ready) {
      done.add(thing)
      order.push(thing)
    }
  }
  return {
    order,
    circles: circlesAmong(
      things.filter((thing) => !done.has(thing)),
      needed,
    ),
  }
}

/** Everything that is left needs something that is left, so that following it ends in a circle. */
function circlesAmong<T>(left: readonly T[], needed: ReadonlyMap<T, ReadonlySet<T>>): T[][] {
  const isLeft = new Set(left)
  const seen = new Set<T>()
  const circles: T[][] = []
  for (const start of left) {
    const trail: T[] = []
    let thing: T | undefined = start
    while (thing !== undefined && !seen.has(thing)) {
      seen.add(thing)
      trail.push(thing)
      thing = [...(needed.get(thing) ?? [])].find((other) => isLeft.has(other))
    }
    const first = thing === undefined ? -1 : trail.indexOf(thing)
    if (first >= 0) circles.push(trail.slice(first))
  }
  return circles
}

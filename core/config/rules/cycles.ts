import type { Finding } from '../../model/finding.ts'
import { groupBy } from '../../model/group-by.ts'
import { errorAt, type Catalog, type Entry } from '../catalog.ts'
import { parentOf } from '../references.ts'

interface Edge {
  readonly to: string
  /** Index in `includes`; undefined for a subgroup, whose members are members of the group it lies in. */
  readonly include?: number
}

/** No group is, by nesting and `includes`, a member of itself. */
export function cycles(catalog: Catalog): Finding[] {
  const byVo = groupBy(catalog.of('Group'), (entry) => entry.document.metadata.vo ?? '')
  return [...byVo.values()].flatMap(cyclesInVo)
}

function cyclesInVo(groups: readonly Entry<'Group'>[]): Finding[] {
  if (!groups.some((entry) => (entry.document.spec.includes ?? []).length > 0)) return []
  const entries = new Map(groups.map((entry) => [entry.document.metadata.name, entry]))
  const edges = new Map<string, Edge[]>(groups.map((entry) => [entry.document.metadata.name, includesOf(entry)]))
  for (const name of entries.keys()) edges.get(parentOf(name) ?? '')?.push({ to: name })
  const findings: Finding[] = []
  const done = new Set<string>()
  for (const start of entries.keys()) {
    for (const cycle of cyclesFrom(start, edges, done)) findings.push(cycleFinding(cycle, entries))
  }
  return findings
}

function includesOf(entry: Entry<'Group'>): Edge[] {
  return (entry.document.spec.includes ?? []).map((to, include) => ({ to, include }))
}

interface Step {
  readonly name: string
  next: number
}

interface Cycle {
  /** The group whose `includes` closes it. */
  readonly group: string
  readonly include: number
  readonly names: readonly string[]
}

/** Walks depth first without recursion: a chain of includes may be as long as there are groups. */
function* cyclesFrom(start: string, edges: ReadonlyMap<string, readonly Edge[]>, done: Set<string>): Generator<Cycle> {
  const trail: Step[] = done.has(start) ? [] : [{ name: start, next: 0 }]
  const onTrail = new Map<string, number>([[start, 0]])
  for (let step = trail.at(-1); step !== undefined; step = trail.at(-1)) {
    const edge = edges.get(step.name)?.[step.next]
    step.next += 1
    if (edge === undefined) {
      done.add(step.name)
      onTrail.delete(step.name)
      trail.pop()
    } else if (onTrail.has(edge.to)) {
      const cycle = closedCycle(trail.slice(onTrail.get(edge.to)), edges)
      if (cycle !== undefined) yield cycle
    } else if (!done.has(edge.to) && edges.has(edge.to)) {
      onTrail.set(edge.to, trail.length)
      trail.push({ name: edge.to, next: 0 })
    }
  }
}

function closedCycle(steps: readonly Step[], edges: ReadonlyMap<string, readonly Edge[]>): Cycle | undefined {
  const names = steps.map((step) => step.name)
  for (const step of steps.toReversed()) {
    const include = edges.get(step.name)?.[step.next - 1]?.include
    if (include !== undefined) return { group: step.name, include, names }
  }
  return undefined
}

function cycleFinding(cycle: Cycle, entries: ReadonlyMap<string, Entry<'Group'>>): Finding {
  const entry = entries.get(cycle.group)
  const [first = ''] = cycle.names
  const round = [...cycle.names, first].join('" → "')
  const message = `a group cannot be a member of itself: "${round}"; leave this include out`
  if (entry === undefined) return { severity: 'error', code: 'cycle', message }
  return errorAt(entry, { code: 'cycle', message, path: ['spec', 'includes', cycle.include] })
}

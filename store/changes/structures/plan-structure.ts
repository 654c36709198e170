import { GuildhallError } from '../../../core/errors.ts'
import { configKinds, isKind, type DesiredObject, type StoredObject } from '../../../core/model/config-object.ts'
import type { Plan, ScopeVerdict } from '../../../core/model/plan.ts'
import { scopeOf, type Scope } from '../../../core/model/scope.ts'
import type { State } from '../../../core/model/state.ts'
import { asDesired, keepScopes } from '../../../core/plan/keep-scopes.ts'
import { planChanges, type PlanOptions } from '../../../core/plan/plan-changes.ts'
import { questionOf } from '../../../core/plan/state-question.ts'
import type { SourcedGroup } from '../../../core/structure/sourced-group.ts'
import type { Tx } from '../../pool.ts'
import { loadState } from '../../state.ts'
import { loadObjects } from '../../stored-objects.ts'
import type { Base } from './read-groups.ts'

/** What a source's groups come to, as a commit's would. */
export interface StructurePlan {
  readonly plan: Plan
  readonly verdict: ScopeVerdict | undefined
}

interface Wanted {
  readonly vo: string
  readonly base: Base
  readonly groups: readonly SourcedGroup[]
  readonly compileSchema: PlanOptions['compileSchema']
  readonly now: Date
}

/**
 * Plans what is in force together with the groups as their source says, so that who gains and loses what is known and judged as of a
 * commit. Fails where nobody could commit that.
 */
export async function planStructure(tx: Tx, wanted: Wanted): Promise<StructurePlan> {
  const { vo, base, groups, compileSchema, now } = wanted
  const scope: Scope = `vo:${vo}`
  const state = await readState(tx, now)
  const scopes = [...new Set(state.objects.map((object) => scopeOf(object)))]
  const inForce = keepScopes({ objects: [], rows: [], findings: [], unreadable: [] }, state, scopes)
  const desired = { ...inForce, sourced: { base: base.id, groups: documentsOf(state, { vo, base, groups }) } }
  const plan = planChanges(state, desired, { compileSchema, asOf: now, kept: scopes.filter((one) => one !== scope) })
  const fault = plan.findings.find((finding) => finding.severity === 'error' && finding.scope === scope)
  if (fault !== undefined)
    throw new GuildhallError(
      'SOURCE_ANSWER_WRONG',
      `Cannot make the groups below "${vo}/${base.name}" as the source says: ${fault.message}`,
      { facts: { vo, group: base.name, code: fault.code } },
    )
  return { plan, verdict: plan.guard.scopes.find((one) => one.scope === scope) }
}

/** With all that planning what is in force asks for. */
async function readState(tx: Tx, now: Date): Promise<State> {
  const objects: StoredObject[] = []
  for (const kind of configKinds) objects.push(...(await loadObjects(tx, kind)))
  return loadState(tx, questionOf({ objects: objects.map(asDesired) }, now.getTime()))
}

/** The groups as documents; one that stays as it is, is the one in force. */
function documentsOf(
  { objects }: State,
  { vo, base, groups }: Pick<Wanted, 'base' | 'groups' | 'vo'>,
): DesiredObject[] {
  const stored = new Map(
    objects.flatMap((object) => (object.sourced?.base === base.id ? [[object.sourced.key, object] as const] : [])),
  )
  const at = objects.find(({ kind, id }) => kind === 'Group' && id === base.id)?.at ?? { file: '', line: 1, column: 1 }
  const names = new Map(groups.map(({ key, path }) => [key, `${base.name}:${path}`]))
  return groups.map(({ key, title, includes }): DesiredObject => {
    const name = names.get(key) ?? ''
    const included = includes.flatMap((one) => names.get(one) ?? [])
    const have = stored.get(key)
    const isSame =
      have !== undefined && have.name === name && have.title === title && includesOf(have) === included.join()
    if (isSame) return asDesired(have)
    return {
      ...{ kind: 'Group', vo, name, governsMembers: false, previously: [], at },
      ...{ spec: included.length === 0 ? {} : { includes: included }, sourced: { base: base.id, key } },
      ...(title === undefined ? {} : { title }),
    }
  })
}

function includesOf(object: StoredObject): string {
  return isKind(object, 'Group') ? (object.spec.includes ?? []).join() : ''
}

import type { PersonIndex } from '../membership/person-marks.ts'
import { assignedGroups, type World } from '../membership/world.ts'
import { isKind } from '../model/config-object.ts'
import type { Scope } from '../model/scope.ts'
import { scopeOfPair, type Draft } from './draft.ts'
import type { ObjectPair } from './pair-objects.ts'
import type { DeltaContext } from './set-delta.ts'
import type { Worlds } from './worlds.ts'

/** What is to be explained: who loses, and how the set is counted in a world. */
export interface LossQuestion {
  readonly pair: ObjectPair
  readonly lost: readonly PersonIndex[]
  readonly count: (world: World, object: NonNullable<ObjectPair['want' | 'have']>) => readonly PersonIndex[]
}

/** Names the scope through which people come: the VO's own where it changes, else what changes from outside. */
export function likelyScope({ changedScopes, draft }: DeltaContext, pair: ObjectPair): Scope {
  const own = scopeOfPair(pair)
  if (changedScopes.has(own)) return own
  return foreignScopes(draft, pair).find((scope) => changedScopes.has(scope)) ?? 'instance'
}

/** Tells through which scope each loss comes: instance first, then the VO itself, then VOs whose groups it uses. */
export function blame(context: DeltaContext, question: LossQuestion): Map<Scope, readonly PersonIndex[]> {
  const blamed = new Map<Scope, readonly PersonIndex[]>()
  const { draft, changedScopes } = context
  const { pair, lost } = question
  if (lost.length === 0) return blamed
  const own = scopeOfPair(pair)
  const foreign = foreignScopes(draft, pair).filter((scope) => scope !== own && changedScopes.has(scope))
  const byInstance = lostByInstance(context, question)
  const others = draft.marks.without(lost, byInstance)
  const byOwn = foreign.length > 0 ? lostByOwn(context, question, others) : []
  const rest = draft.marks.without(others, byOwn)
  if (byInstance.length > 0) blamed.set('instance', byInstance)
  if (byOwn.length > 0) blamed.set(own, byOwn)
  if (rest.length === 0) return blamed
  for (const scope of scopesLeft(context, own, foreign)) blamed.set(scope, [...(blamed.get(scope) ?? []), ...rest])
  return blamed
}

function scopesLeft({ changedScopes }: DeltaContext, own: Scope, foreign: readonly Scope[]): readonly Scope[] {
  if (foreign.length > 0) return foreign
  return changedScopes.has(own) ? [own] : ['instance']
}

function lostByInstance({ draft, worlds }: DeltaContext, { pair, lost, count }: LossQuestion): PersonIndex[] {
  if (!draft.touchesInstance || pair.have === undefined) return []
  return draft.marks.without(lost, count(worlds.between, pair.have))
}

function lostByOwn(
  { draft, worlds, changedScopes }: DeltaContext,
  { pair, count }: LossQuestion,
  lost: readonly PersonIndex[],
): PersonIndex[] {
  const own = scopeOfPair(pair)
  if (!changedScopes.has(own) || pair.want === undefined) return []
  return draft.marks.without(lost, count(ownOnly(worlds, own), pair.want))
}

/** The world in which one VO has changed and the others have not yet. */
function ownOnly({ after, before }: Worlds, own: Scope): World {
  return { ...after, vo: (name) => (`vo:${name}` === own ? after.vo(name) : (before.vo(name) ?? after.vo(name))) }
}

/** Other VOs whose groups are assigned to a resource. */
function foreignScopes(draft: Draft, { have, want }: ObjectPair): Scope[] {
  const names = [have, want].flatMap((object) =>
    object !== undefined && isKind(object, 'Resource') ? assignedGroups(object).map(({ vo }) => vo) : [],
  )
  return [...new Set(names.map((vo): Scope => `vo:${draft.vosByHave.get(vo)?.want?.name ?? vo}`))]
}

import stringify from 'fast-json-stable-stringify'
import type { DesiredObject } from '../model/config-object.ts'
import type { Change, Loss } from '../model/plan.ts'
import { compareText } from '../model/compare.ts'
import type { Scope } from '../model/scope.ts'
import { subjectOf } from './judge-set.ts'
import { isRowChange } from './order-changes.ts'
import { sha256 } from './sha256.ts'

/** Hashes the changes of one scope; file, line, commit, time and the order of documents take no part. */
export function digestOfChanges(changes: readonly Change[]): string {
  return sha256(
    changes
      .map((change) => stringify(essence(change)))
      .sort(compareText)
      .join('\n'),
  )
}

/** Hashes the digests of all scopes to that of the plan. */
export function digestOfPlan(scopes: readonly { readonly scope: Scope; readonly digest: string }[]): string {
  return sha256(
    scopes
      .map(({ scope, digest }) => `${scope} ${digest}`)
      .sort(compareText)
      .join('\n'),
  )
}

/** Hashes a change that is held by itself; the order of its keys takes no part. */
export function digestOfContent(content: object): string {
  return sha256(stringify(content))
}

/** Hashes such a change together with who loses what by it, which is what is approved. */
export function digestOfHeld(content: string, losses: readonly Loss[]): string {
  const lost = losses.map(({ set, user }) => `${subjectOf(set)} ${user}`).sort(compareText)
  return sha256([content, ...lost].join('\n'))
}

function essence(change: Change): object {
  const { kind, vo, name, action } = change
  if (isRowChange(change)) {
    const { user, origin, source, everyOrigin, expires, attributes } = change
    return {
      kind,
      vo,
      name,
      action,
      user,
      origin,
      source,
      everyOrigin,
      expires: expires?.after,
      attributes: attributes?.after,
    }
  }
  return {
    kind,
    vo,
    name,
    action,
    from: change.have?.name,
    want: change.want === undefined ? undefined : content(change.want),
  }
}

function content({ title, description, spec, governsMembers, previously }: DesiredObject): object {
  return { title, description, spec, governsMembers, previously }
}

import type { ConfigKind } from './config-object.ts'

/** The unit that is planned, held, applied and frozen as one: `instance`, or one VO (design section 5). */
export type Scope = 'instance' | `vo:${string}`

/** Tells the scope a document of this kind belongs to. */
export function scopeOf(object: { readonly kind: ConfigKind; readonly vo?: string; readonly name: string }): Scope {
  if (object.kind === 'VO') return `vo:${object.name}`
  return object.vo === undefined ? 'instance' : `vo:${object.vo}`
}

/** Names the VO of a scope; undefined for the instance. */
export function voOfScope(scope: Scope): string | undefined {
  return scope === 'instance' ? undefined : scope.slice('vo:'.length)
}

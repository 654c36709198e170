import { systemSource } from '../../core/config/references.ts'
import type { Authentication } from '../../core/model/authentication.ts'
import type { ActContext } from './act.ts'

/** Who is recorded as acting, and how it is known that it is they. */
export interface ActingCause {
  readonly actor: string
  readonly authentication: Authentication
}

/** Who is recorded as acting, and how it is known that it is they: the system's own user, or the person who is named. */
export function causeOf({ userName }: Pick<ActContext, 'userName'>, as: string | undefined): ActingCause {
  if (as === undefined) return { actor: `${systemSource}/${userName()}`, authentication: 'local' }
  return { actor: as, authentication: 'unauthenticated' }
}

/** Who is recorded as acting, and whose rights count: nobody's where the system's own user acts. */
export function actingAs(
  context: Pick<ActContext, 'userName'>,
  as: string | undefined,
): { readonly cause: ActingCause; readonly actor?: string } {
  const cause = causeOf(context, as)
  return as === undefined ? { cause } : { cause, actor: as }
}

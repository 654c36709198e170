import { Option } from 'commander'
import { named } from '../command.ts'
import type { Authentication } from '../../core/model/authentication.ts'
import type { Shell } from '../shell.ts'

/** The option of commands that change people or memberships. */
export function asOption(): Option {
  const what = 'act by the rights of this person; without it as local/<user>, who may do everything'
  return new Option('--as <identity>', what).argParser(named('an identity'))
}

/** Who is recorded as acting, and how it is known that it is they. */
export function causeOf(
  shell: Shell,
  as: string | undefined,
): { readonly actor: string; readonly authentication: Authentication } {
  if (as === undefined) return { actor: `local/${shell.userName()}`, authentication: 'local' }
  return { actor: as, authentication: 'unauthenticated' }
}

/** Who is recorded as acting, and whose rights count: nobody's where the command is given on the machine itself. */
export function actingAs(
  shell: Shell,
  as: string | undefined,
): { readonly cause: ReturnType<typeof causeOf>; readonly actor?: string } {
  const cause = causeOf(shell, as)
  return as === undefined ? { cause } : { cause, actor: as }
}

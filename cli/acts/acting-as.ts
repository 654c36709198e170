import { Option } from 'commander'
import { named } from '../command.ts'
import type { Shell } from '../shell.ts'

/** The option of commands that change people or memberships. */
export function asOption(): Option {
  const what = 'act by the rights of this person; without it as local/<user>, who may do everything'
  return new Option('--as <identity>', what).argParser(named('an identity'))
}

/** Who is recorded as acting, and whose rights count: nobody's where the command is given on the machine itself. */
export function actingAs(
  shell: Shell,
  as: string | undefined,
): { readonly cause: { readonly actor: string }; readonly actor?: string } {
  return as === undefined ? { cause: { actor: `local/${shell.userName()}` } } : { cause: { actor: as }, actor: as }
}

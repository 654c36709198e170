import { GuildhallError } from '../core/errors.ts'
import type { JsonObject } from '../core/model/json.ts'
import { isPlainPath } from './plain-paths.ts'

const shellPattern = /^(\/[A-Za-z0-9_][A-Za-z0-9._+-]*)+$/

/** The shell of whoever is expired or banned: it lets nobody in. */
export const lockedShell = '/usr/sbin/nologin'

/** Where home directories lie, and the shell of those who have none. */
export interface Homes {
  readonly homeBase: string
  readonly defaultShell: string
}

/** Reads the options `homeBase` and `defaultShell` of a generator. */
export function readHomes(generator: string, options: JsonObject): Homes {
  const homeBase = options['homeBase'] ?? '/home'
  const defaultShell = options['defaultShell'] ?? '/bin/bash'
  if (!isPlainPath(homeBase)) throw invalid(generator, 'homeBase', '/home')
  if (typeof defaultShell !== 'string' || !shellPattern.test(defaultShell))
    throw invalid(generator, 'defaultShell', '/bin/bash')
  return { homeBase, defaultShell }
}

/** The shell of an account, that of the facility before the person's own; or why the person cannot have a line. */
export function readShell(
  attributes: JsonObject,
  { defaultShell }: Homes,
): { readonly shell: string } | { readonly reason: string } {
  const shell = attributes['user-facility.shell'] ?? attributes['user.shell'] ?? defaultShell
  if (typeof shell === 'string' && shellPattern.test(shell)) return { shell }
  return { reason: 'its shell is not an absolute path of plain characters' }
}

function invalid(generator: string, option: string, example: string): GuildhallError {
  return new GuildhallError(
    'GENERATOR_OPTIONS_INVALID',
    `Cannot generate ${generator}: option ${option} must be an absolute path of plain characters, such as "${example}"`,
    { facts: { option } },
  )
}

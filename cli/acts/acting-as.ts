import { Option } from 'commander'
import { named } from '../command.ts'

/** The option of commands that change people or memberships. */
export function asOption(): Option {
  const what = 'act by the rights of this person; without it as local/<user>, who may do everything'
  return new Option('--as <identity>', what).argParser(named('an identity'))
}

import type { SourceType } from '../../source.ts'
import { readOptions } from './options.ts'
import { ldapSource } from './source.ts'

/** Reads people from an LDAP directory. */
export const sourceType: SourceType = {
  type: 'ldap',
  login: '${uid}',
  create: (options, environment) => ldapSource(readOptions(options), environment),
}

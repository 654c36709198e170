import type { Snapshot } from '../../destination.ts'
import type { LdapConnection } from '../../ldap/connection.ts'
import { dnKey } from '../../ldap/dn.ts'
import { escapeDnValue } from '../../ldap/escape.ts'
import type { LdapOptions } from './options.ts'
import type { Place } from './records.ts'
import type { Scope } from './scope.ts'

/** A directory that is asked about one service. */
export interface Directory extends Place {
  readonly connection: LdapConnection
  readonly options: LdapOptions
  readonly tokenDn: string
  readonly mark: Scope['mark']
}

/** Where the entries of a service are in a directory, and by what they are known. */
export function directoryOf(
  connection: LdapConnection,
  options: LdapOptions,
  { facility, service }: Pick<Snapshot, 'facility' | 'service'>,
): Directory {
  const tokenDn = `cn=${escapeDnValue(`guildhall-${service}`)},${options.baseDn}`
  return {
    ...{ connection, options, tokenDn, tokenKey: dnKey(tokenDn), baseKey: dnKey(options.baseDn) },
    mark: { attribute: options.mark, value: Buffer.from(`guildhall:${facility}/${service}`).toString('latin1') },
  }
}

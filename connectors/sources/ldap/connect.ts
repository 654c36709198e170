import type { LdapConnection } from '../../ldap/connection.ts'
import { optionsInvalid } from '../../source-input/options.ts'
import type { SourceEnvironment } from '../../source.ts'
import { explain } from './explain.ts'
import type { LdapOptions } from './options.ts'

/** Connects to the directory as the options say. */
export async function connectTo(
  options: LdapOptions,
  environment: SourceEnvironment,
  signal: AbortSignal,
): Promise<LdapConnection> {
  const invalid = (phrase: string): Error => optionsInvalid('ldap', phrase)
  const { connectAs } = await import('../../ldap/connect.ts')
  try {
    return await connectAs(options, { environment, invalid }, signal)
  } catch (error) {
    throw explain(error, { options, base: '', signal })
  }
}

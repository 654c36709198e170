import type { LdapConnection } from '../../ldap/connection.ts'
import { optionsInvalid } from '../../source-input/options.ts'
import { readAuthorities } from '../../source-options.ts'
import type { SourceEnvironment } from '../../source.ts'
import { explain } from './explain.ts'
import type { LdapOptions } from './options.ts'

/** Connects to the directory, encrypted where that was said, and binds as the account that was named. */
export async function connectAs(
  options: LdapOptions,
  environment: SourceEnvironment,
  signal: AbortSignal,
): Promise<LdapConnection> {
  signal.throwIfAborted()
  const { host, port, security, silentMs, account } = options
  const invalid = (wanted: string): Error => optionsInvalid('ldap', `its ca must be ${wanted}`)
  const ca = options.ca === undefined ? undefined : await readAuthorities(options.ca, environment, invalid)
  const password = account === undefined ? '' : await environment.secret(account.secret)
  // A directory takes an empty password for nobody's, says that all is well, and shows nobody what only some may see.
  if (account !== undefined && password === '')
    throw optionsInvalid('ldap', `the secret ${JSON.stringify(account.secret)} is empty`)
  const { openLdap } = await import('../../ldap/open.ts')
  try {
    const connection = await openLdap({ host, port, security, silentMs, ...(ca !== undefined && { ca }) }, signal)
    if (account !== undefined) await bound(connection, account.dn, password)
    return connection
  } catch (error) {
    throw explain(error, { options, base: '', signal })
  }
}

async function bound(connection: LdapConnection, dn: string, password: string): Promise<void> {
  try {
    await connection.bind(dn, password)
  } catch (error) {
    connection.close()
    throw error
  }
}

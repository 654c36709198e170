import { readAuthorities } from '../source-options.ts'
import type { LdapConnection } from './connection.ts'
import { openLdap } from './open.ts'
import type { ServerOptions } from './server-options.ts'

/** What is around a connector, and how it says that an option is wrong. */
export interface Surroundings {
  readonly environment: {
    secret(name: string): Promise<string>
    configFile(path: string): Promise<Uint8Array>
  }
  /** Makes the error of a phrase such as `its ca must be a file`. */
  invalid(phrase: string): Error
}

/**
 * Connects to the directory, encrypted where that was said, and binds as the account that was named. LdapFailure where that cannot be,
 * or what `invalid` makes of it where the options are why.
 */
export async function connectAs(
  options: ServerOptions,
  surroundings: Surroundings,
  signal: AbortSignal,
): Promise<LdapConnection> {
  signal.throwIfAborted()
  const { environment } = surroundings
  const { host, port, security, silentMs, account } = options
  const wrongCa = (wanted: string): Error => surroundings.invalid(`its ca must be ${wanted}`)
  const ca = options.ca === undefined ? undefined : await readAuthorities(options.ca, environment, wrongCa)
  const password = account === undefined ? '' : await environment.secret(account.secret)
  // A directory takes an empty password for nobody's, says that all is well, and shows nobody what only some may see.
  if (account !== undefined && password === '')
    throw surroundings.invalid(`the secret ${JSON.stringify(account.secret)} is empty`)
  const connection = await openLdap({ host, port, security, silentMs, ...(ca !== undefined && { ca }) }, signal)
  if (account !== undefined) await bound(connection, account.dn, password)
  return connection
}

async function bound(connection: LdapConnection, dn: string, password: string): Promise<void> {
  try {
    await connection.bind(dn, password)
  } catch (error) {
    connection.close()
    throw error
  }
}

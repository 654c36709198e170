import type { LdapConnection } from '../../ldap/connection.ts'
import { optionsInvalid } from '../../source-input/options.ts'
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
  const ca = options.ca === undefined ? undefined : await pemOf(options.ca, environment)
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

async function pemOf(path: string, environment: SourceEnvironment): Promise<string> {
  const text = Buffer.from(await environment.configFile(path)).toString('utf8')
  if (text.includes('-----BEGIN CERTIFICATE-----')) return text
  throw optionsInvalid('ldap', `its ca ${JSON.stringify(path)} has no certificate in PEM`)
}

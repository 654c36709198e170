import type { Destination, DestinationEnvironment, DestinationType } from '../../destination.ts'
import type { LdapConnection } from '../../ldap/connection.ts'
import { check } from './check.ts'
import { deliver } from './deliver.ts'
import { directoryOf } from './directory.ts'
import { explain } from './explain.ts'
import { observe } from './observe.ts'
import { optionsInvalid, readOptions } from './options.ts'
import type { LdapOptions } from './options.ts'

/** Keeps the entries of a directory as the snapshot's LDIF has them. */
export const destinationType: DestinationType = {
  type: 'ldap',
  create(document, environment) {
    const options = readOptions(document)
    const asked = { options, environment }
    return {
      check: ({ signal }) => connected(asked, signal, async (connection) => check(connection, options)),
      deliver: (snapshot, context) =>
        connected(asked, context.signal, async (connection) =>
          deliver(snapshot, context, directoryOf(connection, options, snapshot)),
        ),
      observe: (snapshot, context) =>
        connected(asked, context.signal, async (connection) =>
          observe(snapshot, context, directoryOf(connection, options, snapshot)),
        ),
    } satisfies Destination
  },
}

interface Asked {
  readonly options: LdapOptions
  readonly environment: DestinationEnvironment
}

/** Works on a connection of its own, and says what went wrong in the words of a delivery. */
async function connected<Result>(
  { options, environment }: Asked,
  signal: AbortSignal,
  work: (connection: LdapConnection) => Promise<Result>,
): Promise<Result> {
  signal.throwIfAborted()
  const { connectAs } = await import('../../ldap/connect.ts')
  let connection: LdapConnection | undefined
  try {
    connection = await connectAs(options, { environment, invalid: optionsInvalid }, signal)
    return await work(connection)
  } catch (error) {
    throw explain(error, options, signal)
  } finally {
    connection?.close()
  }
}

import { randomUUID } from 'node:crypto'
import { LdapFailure } from '../../ldap/failure.ts'
import type { LdapConnection } from '../../ldap/connection.ts'
import type { LdapOptions } from './options.ts'

const insufficientAccess = 50

/**
 * Looks whether the base is there, and whether the account may change it: by a change that cannot be done, since it takes away a value
 * that is not there. A directory looks for the right first. LdapFailure
 */
export async function check(connection: LdapConnection, { baseDn }: LdapOptions): Promise<void> {
  const [base] = await connection.readAll([baseDn], ['1.1'])
  if (base === undefined)
    throw new LdapFailure(
      'refused',
      'the baseDn is not there, or the account may not see it; make it, or correct baseDn',
    )
  const steps = [{ operation: 'delete', name: 'description', values: [`guildhall:${randomUUID()}`] }] as const
  const [failure] = (await connection.changeAll([{ kind: 'modify', dn: baseDn, steps }])) ?? []
  if (failure?.result === insufficientAccess)
    throw new LdapFailure(
      'refused',
      `${failure.message}; let the account write the entry baseDn and everything below it`,
      {
        result: insufficientAccess,
      },
    )
}

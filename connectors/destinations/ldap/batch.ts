import type { EntryChange } from '../../ldap/entry-change.ts'
import { LdapFailure } from '../../ldap/failure.ts'
import type { LdapConnection } from '../../ldap/connection.ts'
import { shownDn } from './problems.ts'
import type { Fence } from './fence.ts'
import type { Problems } from './problems.ts'

/** What changes go through, and where it is noted what came of them. */
export interface Writing {
  readonly connection: Pick<LdapConnection, 'changeAll'>
  readonly fence: Pick<Fence, 'isFresh' | 'requireHeld'>
  readonly problems: Problems
}

/** Results that are about more than the one entry: the connection's rights or way, or the state of the server. They end the delivery. */
const ofAllEntries: ReadonlySet<number> = new Set([1, 8, 10, 13, 49, 51, 52])
const [noSuchObject, entryAlreadyExists] = [32, 68]

/**
 * Makes these changes, of which none builds on another, at once; gives how many were done. The token is looked at right before, so that a
 * delivery that was held up while a newer one came does not write over it. FENCED
 */
export async function write(
  changes: readonly EntryChange[],
  { connection, fence, problems }: Writing,
): Promise<number> {
  if (changes.length === 0) return 0
  const outcomes = await sent(changes, { connection, fence })
  const failed = changes.filter((change, index) => hasFailed(change, outcomes[index], problems))
  return changes.length - failed.length
}

/** How often the token is looked at before a directory is too slow to be sure of it. */
const mostLooks = 10

async function sent(
  changes: readonly EntryChange[],
  { connection, fence }: Pick<Writing, 'connection' | 'fence'>,
): Promise<readonly (LdapFailure | undefined)[]> {
  for (let look = 1; look <= mostLooks; look += 1) {
    await fence.requireHeld()
    const outcomes = await connection.changeAll(changes, () => fence.isFresh())
    if (outcomes !== undefined) return outcomes
  }
  throw new LdapFailure('unreachable', 'it answers too slowly to tell whether something newer is there')
}

/** Whether a change was not made, and notes why. LdapFailure where no other would be made either. */
function hasFailed({ kind, dn }: EntryChange, failure: LdapFailure | undefined, problems: Problems): boolean {
  if (failure === undefined) return false
  if (failure.result === undefined || ofAllEntries.has(failure.result)) throw onEntry(failure, dn)
  const isGone = kind === 'delete' && failure.result === noSuchObject
  if (kind === 'add' && failure.result === entryAlreadyExists) problems.foreign(dn)
  else if (!isGone) problems.refused(dn, failure)
  return true
}

function onEntry(failure: LdapFailure, dn: string): LdapFailure {
  const { kind, message, result, cause } = failure
  return new LdapFailure(kind, `at ${shownDn(dn)} ${message}`, {
    ...(result !== undefined && { result }),
    cause,
  })
}

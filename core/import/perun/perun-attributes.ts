import type { Bean } from './beans.ts'

const daysOfMembers: ReadonlySet<unknown> = new Set(['membershipExpiration', 'groupMembershipExpiration'])

/** Tells whether an attribute that a member carries along is the day on which the membership ends. */
export function isDayOfMember({ value: { friendlyName } }: Bean): boolean {
  return daysOfMembers.has(friendlyName)
}

const ofPeople: ReadonlySet<unknown> = new Set(['preferredMail', 'mail', 'sshPublicKey'])

/** Tells whether an attribute of a user is among those that are built in here; logins are, of the namespace of `user.login`. */
export function isBuiltIn({ value: { friendlyName } }: Bean, namespace: string | undefined): boolean {
  return ofPeople.has(friendlyName) || friendlyName === `login-namespace:${namespace ?? ''}`
}

/** Says why an attribute of Perun is no value here, by the last part of its namespace and its name; undefined where it is one. */
export function reasonLeftOut(kind: string, name: string): string | undefined {
  if (kind === 'core') return 'Perun keeps it with the object itself'
  if (kind === 'virt') return 'Perun computes it'
  if (isSecret(name)) return 'its name says that it is secret, and whoever reads the repository would read it'
  if (stateOfSync.test(name)) return 'Perun writes down there how a synchronization went'
  if (syncSettings.has(name)) return 'it says what Perun synchronizes; here `sync` does'
  if (daysOfMembers.has(name)) return 'the day is taken of members that carry it along (getRichMembersWithAttributes)'
  if (name === 'lifecycleTimestamps') return 'Perun writes down there when a membership came to an end'
  return expirationRules.has(name) ? 'it says when memberships end in Perun; here `expiration` does' : undefined
}

/** Also a name that only sounds so is left out: the report tells of it, and it can be added. */
function isSecret(name: string): boolean {
  const letters = name.toLowerCase().replaceAll(/[^a-z]/g, '')
  return namesOfSecrets.some((word) => letters.includes(word))
}

const namesOfSecrets = [
  ...['password', 'passwd', 'passphrase', 'pwd', 'secret', 'token', 'credential'],
  ...['privatekey', 'apikey'],
]

const stateOfSync = /^(?:last|lastSuccess|startOfLast|startOfLastSuccessful)(?:Group)?(?:Structure)?Synchronization/

const syncSettings: ReadonlySet<string> = new Set([
  ...['synchronizationEnabled', 'synchronizationInterval', 'groupSynchronizationTimes', 'groupSynchronizationFilename'],
  ...['groupExtSource', 'groupMembersExtSource', 'groupMembersQuery', 'groupMembersFilter'],
  ...['lightweightSynchronization', 'authoritativeGroup', 'flatGroupStructureEnabled', 'groupsQuery'],
  ...['groupStructureSynchronizationEnabled', 'groupStructureSynchronizationInterval'],
  ...['groupStructureSynchronizationTimes', 'groupStructureLogin', 'groupStructureLoginPrefix'],
  'groupStructureResources',
])

const expirationRules: ReadonlySet<string> = new Set(['membershipExpirationRules', 'groupMembershipExpirationRules'])

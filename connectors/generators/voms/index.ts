import { claimedSubjects, readCertificates, readIssued } from '../../certificate-dns.ts'
import type { Account, Generator, GeneratorInput, Output } from '../../generator.ts'
import { createLeftOut } from '../../left-out.ts'
import { isPlainAddress } from '../../mail-addresses.ts'
import { findShared } from '../../shared-claims.ts'
import { inBatches } from '../../text-batches.ts'
import { isActive, personOf } from '../../unix-accounts.ts'
import { readGrants, type Granted, type Reason } from './grants.ts'
import { renderVos } from './render.ts'
import { createRoll, type Person, type Roll } from './roll.ts'

/** Makes `voms`: the users of VOMS VOs by their certificates, with their groups and roles. */
export const generator: Generator = {
  name: 'voms',
  carriesStatus: false,
  requires: ['user.certificateDns'],
  uses: [
    ...['user.email', 'resource.vomsVoName', 'resource.vomsRoles'],
    ...['group-resource.vomsGroupName', 'group-resource.vomsRoles'],
  ],
  generate,
}

async function* generate(input: GeneratorInput): AsyncIterable<Output> {
  const { ofResources, ofGroups } = readGrants(input)
  const leaveOut = createLeftOut()
  const roll = createRoll(ofResources)
  const shared = await sharedSubjects(input)
  for await (const members of input.members()) {
    for (const { resource, account } of members.filter((member) => isActive(member.account))) {
      const entered = enter(roll, { grant: ofResources[resource], account, shared })
      if (entered !== undefined) yield* leaveOut(account, entered.reason)
    }
  }
  for await (const members of input.groupMembers()) {
    for (const { group, account } of members.filter((member) => isActive(member.account))) {
      for (const { reason } of give(roll, ofGroups[group] ?? [], account)) yield* leaveOut(account, reason)
    }
  }
  for (const text of inBatches(renderVos(roll.vos()))) yield { kind: 'text', file: 'voms', text }
}

/** Puts somebody into the VO of a resource, or says why not. */
function enter(
  roll: Roll,
  {
    grant,
    account,
    shared,
  }: { readonly grant: Granted | undefined; readonly account: Account; readonly shared: ReadonlySet<string> },
): Reason | undefined {
  if (grant === undefined || 'reason' in grant) return grant
  const person = readPerson(account, shared)
  if ('reason' in person) return person
  roll.enter(grant, person)
  return undefined
}

/** Gives somebody what a group gives, and says why not all of it. */
function give(roll: Roll, grants: readonly Granted[], account: Account): readonly Reason[] {
  for (const grant of grants) if (!('reason' in grant)) roll.give(grant, personOf(account))
  return grants.filter((grant) => 'reason' in grant)
}

async function sharedSubjects(input: GeneratorInput): Promise<ReadonlySet<string>> {
  return findShared(input.accounts(), (account) => {
    const read = readCertificates(account)
    return 'reason' in read ? [] : claimedSubjects(read.certificates)
  })
}

function readPerson(account: Account, shared: ReadonlySet<string>): Person | Reason {
  const read = readIssued(account)
  if ('reason' in read) return read
  const common = claimedSubjects(read.certificates).find((claim) => shared.has(claim))
  if (common !== undefined) return { reason: `certificate ${common} is also that of another person` }
  const email = account.attributes['user.email'] ?? ''
  if (email !== '' && !isPlainAddress(email)) return { reason: 'user.email is not a plain e-mail address' }
  return { user: personOf(account), email, certificates: read.certificates }
}

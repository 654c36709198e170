import type { JsonObject } from '../../../core/model/json.ts'
import type { Account, Generator, GeneratorInput, GroupView, Output } from '../../generator.ts'
import { membersByGroup } from '../../members-by-group.ts'
import { findShared } from '../../shared-claims.ts'
import { isActive, personOf } from '../../unix-accounts.ts'
import { visible } from '../../visible-json.ts'
import { readMapping, readUser, type User } from './user.ts'

const usersFile = 'Users.ndjson'
const groupsFile = 'Groups.ndjson'
const groupSchema = 'urn:ietf:params:scim:schemas:core:2.0:Group'

/** Makes `Users.ndjson` and `Groups.ndjson`: resources of SCIM (RFC 7643), one a line. */
export const generator: Generator = {
  name: 'scim',
  carriesStatus: true,
  requires: [],
  uses: [],
  usesOf: (options) => readMapping(options).map(([, attribute]) => attribute),
  generate,
}

async function* generate(input: GeneratorInput): AsyncIterable<Output> {
  const mapping = readMapping(input.options)
  const idOf = (account: Account): string => `${input.facility}/${input.service}/${personOf(account)}`
  const read = (account: Account): User => readUser(account, { externalId: idOf(account), mapping })
  const shared = await findShared(input.accounts(), (account) => claimsOf(read(account)))
  const members = new Set<string>()
  yield { kind: 'text', file: usersFile, text: '' }
  for await (const accounts of input.accounts()) {
    let text = ''
    for (const account of accounts) {
      const user = withoutTwins(read(account), shared)
      if ('reason' in user) {
        yield { kind: 'left-out', user: personOf(account), reason: user.reason }
        continue
      }
      text += line(user.resource)
      if (isActive(account)) members.add(personOf(account))
    }
    if (text !== '') yield { kind: 'text', file: usersFile, text }
  }
  yield { kind: 'text', file: groupsFile, text: '' }
  const pick = (account: Account): string | undefined => (members.has(personOf(account)) ? idOf(account) : undefined)
  for await (const { group, members: ids } of membersByGroup(input, pick)) {
    const view = input.groups[group]
    if (view !== undefined) yield { kind: 'text', file: groupsFile, text: line(groupOf(view, { input, ids })) }
  }
}

function groupOf(
  { vo, name }: GroupView,
  { input, ids }: { readonly input: GeneratorInput; readonly ids: readonly string[] },
): JsonObject {
  return {
    schemas: [groupSchema],
    externalId: `${input.facility}/${input.service}/${vo}/${name}`,
    displayName: `${vo}:${name}`,
    members: ids.map((value) => ({ value, type: 'User' })),
  }
}

function line(resource: JsonObject): string {
  return `${visible(JSON.stringify(resource))}\n`
}

/** A provider takes `Ada` and `ada` for one user. */
function claimsOf(user: User): readonly string[] {
  return 'reason' in user ? [] : [user.userName.normalize('NFKC').toLowerCase()]
}

function withoutTwins(user: User, shared: ReadonlySet<string>): User {
  const isTwin = claimsOf(user).some((claim) => shared.has(claim))
  return isTwin ? { reason: 'its userName is also that of another person' } : user
}

import type { JsonObject } from '../../../core/model/json.ts'
import { walkAssigned } from '../../assigned-groups.ts'
import type { Account, Generator, GeneratorInput, Output } from '../../generator.ts'
import { createLeftOut } from '../../left-out.ts'
import { writeSorted } from '../../line-files.ts'
import { sharedLogins } from '../../shared-logins.ts'
import { isActive, readLogin } from '../../unix-accounts.ts'
import { quoted, readRules, type Rules } from './rules.ts'

const ofResource = 'resource.sudoRules'
const ofAssignment = 'group-resource.sudoRules'

/** Makes `sudoers`: which people may run which commands as whom. */
export const generator: Generator = {
  name: 'sudoers',
  carriesStatus: false,
  requires: ['user.login'],
  uses: [ofResource, ofAssignment],
  generate,
}

/** What the rules of a resource or assignment allow, why nobody has them, or undefined where there are none. */
type Allowed = { readonly allowed: readonly string[] } | { readonly reason: string } | undefined

async function* generate(input: GeneratorInput): AsyncIterable<Output> {
  const rules = readRules(input.options)
  const shared = await sharedLogins(input)
  const leaveOut = createLeftOut()
  const lines = new Set<string>()
  for await (const { picked, account } of walkAllowed(input, rules)) {
    const login = 'reason' in picked ? picked : loginOf(account, shared)
    if ('reason' in login) yield* leaveOut(account, login.reason)
    else if ('allowed' in picked) for (const rule of picked.allowed) lines.add(`${quoted(login.login)} ALL=${rule}`)
  }
  yield* writeSorted('sudoers', lines)
}

/** Everybody with the rules of their resources, then with those of the groups by which they reach them. */
async function* walkAllowed(
  input: GeneratorInput,
  rules: Rules,
): AsyncIterable<{ readonly picked: NonNullable<Allowed>; readonly account: Account }> {
  const allowed = input.resources.map(({ vo, name, attributes }) =>
    allowedBy(attributes, ofResource, { rules, where: `resource ${vo}/${name}` }),
  )
  for await (const members of input.members()) {
    for (const { resource, account } of members) {
      const picked = allowed[resource]
      if (picked !== undefined && isActive(account)) yield { picked, account }
    }
  }
  yield* walkAssigned(input, ({ vo, name, attributes }, resource) =>
    allowedBy(attributes, ofAssignment, { rules, where: `group ${vo}/${name} on ${resource.vo}/${resource.name}` }),
  )
}

function allowedBy(
  attributes: JsonObject,
  attribute: string,
  { rules, where }: { readonly rules: Rules; readonly where: string },
): Allowed {
  const names = attributes[attribute] ?? undefined
  if (names === undefined) return undefined
  const allowed = Array.isArray(names)
    ? names.map((name) => (typeof name === 'string' ? rules.get(name) : undefined))
    : []
  const known = allowed.filter((rule) => rule !== undefined)
  if (Array.isArray(names) && known.length === names.length) return { allowed: known }
  return { reason: `${where}: ${attribute} names a rule that the facility's options do not have` }
}

function loginOf(account: Account, shared: ReadonlySet<string>): ReturnType<typeof readLogin> {
  const login = readLogin(account)
  if ('reason' in login) return login
  if (login.login === 'ALL') return { reason: 'user.login "ALL" is everybody in sudoers' }
  if (!shared.has(login.login)) return login
  return { reason: `its login ${login.login} is also that of another person` }
}

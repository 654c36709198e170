import type { JsonObject, JsonValue } from '../../../core/model/json.ts'
import { walkAssigned } from '../../assigned-groups.ts'
import { chooseFor, readChoices } from '../../choices.ts'
import type { Account, Generator, GeneratorInput, GroupView, Output, ResourceView } from '../../generator.ts'
import { createLeftOut } from '../../left-out.ts'
import { writeSorted } from '../../line-files.ts'
import { sharedLogins } from '../../shared-logins.ts'
import { readLogin } from '../../unix-accounts.ts'

const generatorName = 'afs-group'
const groupAttribute = 'group-resource.afsGroupName'
const realmAttribute = 'resource.afsDefaultUsersRealm'
const namePattern = /^[A-Za-z0-9_][A-Za-z0-9_-]{0,62}$/
const realmPattern = /^[A-Za-z0-9][A-Za-z0-9.-]{0,252}$/

/** Makes `groups/<AFS group>`: who is in each group of an AFS cell. */
export const generator: Generator = {
  name: generatorName,
  carriesStatus: false,
  requires: ['user.login'],
  uses: [groupAttribute, realmAttribute],
  generate,
}

/** Where an assigned group leads to, or why its people are in no file. */
type Cell = { readonly file: string; readonly realm: string } | { readonly reason: string }

async function* generate(input: GeneratorInput): AsyncIterable<Output> {
  const realmOf = realmsOf(input.options)
  const cellOf = (group: GroupView, resource: ResourceView): Cell | undefined => readCell(group, realmOf(resource))
  const shared = await sharedLogins(input)
  const leaveOut = createLeftOut()
  const files = new Map(filesOf(input, cellOf).map((file) => [file, new Set<string>()]))
  for await (const { picked: cell, account } of walkAssigned(input, cellOf)) {
    const line = 'reason' in cell ? cell : lineOf(account, cell.realm, shared)
    if ('reason' in line) yield* leaveOut(account, line.reason)
    else if ('file' in cell) files.get(cell.file)?.add(line.line)
  }
  for (const [file, lines] of files) yield* writeSorted(file, lines)
}

function realmsOf(options: JsonObject): (resource: ResourceView) => ReturnType<typeof chooseFor> {
  const choices = readChoices(options, {
    ...{ generator: generatorName, option: 'realms', isOne: isRealm, examples: ['EXAMPLE.ORG'] },
  })
  return (resource) => chooseFor(resource, realmAttribute, choices)
}

function isRealm(value: JsonValue): value is string {
  return typeof value === 'string' && realmPattern.test(value)
}

/** Undefined for a group that is not meant for AFS. */
function readCell({ vo, name, attributes }: GroupView, realm: ReturnType<typeof chooseFor>): Cell | undefined {
  const afsName = attributes[groupAttribute] ?? undefined
  if (afsName === undefined) return undefined
  if (typeof afsName !== 'string' || !namePattern.test(afsName))
    return { reason: `group ${vo}/${name}: ${groupAttribute} is not of letters, digits, "_" and "-"` }
  return 'reason' in realm ? realm : { file: `groups/${afsName}`, realm: realm.chosen }
}

/** Also of groups in which nobody is: whoever was in one has to be taken out. */
function filesOf(
  { resources }: GeneratorInput,
  cellOf: (group: GroupView, resource: ResourceView) => Cell | undefined,
): readonly string[] {
  const cells = resources.flatMap((resource) => (resource.groups ?? []).map((group) => cellOf(group, resource)))
  const files = cells.flatMap((cell) => (cell !== undefined && 'file' in cell ? [cell.file] : []))
  return [...new Set(files)].sort()
}

function lineOf(
  account: Account,
  realm: string,
  shared: ReadonlySet<string>,
): { readonly line: string } | { readonly reason: string } {
  const login = readLogin(account)
  if ('reason' in login) return login
  if (shared.has(login.login)) return { reason: `its login ${login.login} is also that of another person` }
  return { line: `${login.login}@${realm}` }
}

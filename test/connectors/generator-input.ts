import fc from 'fast-check'
import type { Account, Generator, GeneratorInput, GroupView, ResourceView } from '../../connectors/generator.ts'
import type { JsonObject, JsonValue } from '../../core/model/json.ts'
import { logins, names, principals } from './corpus.ts'

const hostilePrincipals: readonly JsonValue[] = principals.map(({ principal }) => principal)

interface Parts {
  readonly accounts?: readonly Account[]
  readonly resources?: readonly (Partial<ResourceView> & { readonly members?: readonly Account[] })[]
  readonly groups?: readonly (Partial<GroupView> & { readonly members?: readonly Account[] })[]
  readonly options?: JsonObject
  readonly templates?: Readonly<Record<string, string>>
  /** Of the facility. */
  readonly attributes?: JsonObject
  readonly service?: string
}

/** What a generator reads, from lists in memory. */
export function inputOf({
  accounts = [],
  resources = [],
  groups = [],
  options = {},
  templates = {},
  attributes: ofFacility,
  service = 'export',
}: Parts): GeneratorInput {
  return {
    ...{ facility: 'hpc', service, options, templates },
    ...(ofFacility === undefined ? {} : { attributes: ofFacility }),
    resources: resources.map(({ vo = 'astro', name = 'cluster', capabilities = [], attributes = {}, groups: on }) => ({
      ...{ vo, name, capabilities, attributes },
      ...(on === undefined ? {} : { groups: on }),
    })),
    groups: groups.map(({ vo = 'astro', name = 'team', attributes = {} }) => ({ vo, name, attributes })),
    accounts: () => inTwos(accounts),
    members: () =>
      inTwos(resources.flatMap(({ members = [] }, resource) => members.map((account) => ({ resource, account })))),
    groupMembers: () =>
      inTwos(groups.flatMap(({ members = [] }, group) => members.map((account) => ({ group, account })))),
  }
}

/** As the store gives people: in batches, of which one may be empty. */
async function* inTwos<T>(items: readonly T[]): AsyncIterable<readonly T[]> {
  yield []
  for (let from = 0; from < items.length; from += 2) yield items.slice(from, from + 2)
}

/** A VALID person named `idp/<name>`. */
export function person(name: string, attributes: JsonObject = {}, others: Partial<Account> = {}): Account {
  return { identities: [`idp/${name}`], status: 'VALID', banned: false, attributes, ...others }
}

interface Made {
  readonly files: Readonly<Record<string, string>>
  readonly leftOut: readonly { readonly user: string; readonly reason: string }[]
}

/** Runs a generator; the generation is written as 7. */
export async function generate(generator: Generator, input: GeneratorInput): Promise<Made> {
  const files: Record<string, string> = {}
  const leftOut: { user: string; reason: string }[] = []
  for await (const output of generator.generate(input)) {
    if (output.kind === 'left-out') leftOut.push({ user: output.user, reason: output.reason })
    else files[output.file] = (files[output.file] ?? '') + (output.kind === 'generation' ? '7' : output.text)
  }
  return { files, leftOut }
}

/** Those of whom nothing is said in the list of who is left out. */
export function notLeftOut<T extends Pick<Account, 'identities'>>(
  accounts: readonly T[],
  leftOut: Made['leftOut'],
): T[] {
  const out = new Set(leftOut.map(({ user }) => user))
  return accounts.filter(({ identities: [user = ''] }) => !out.has(user))
}

/** Those with access: VALID and not banned. */
export function withAccess<T extends Pick<Account, 'banned' | 'status'>>(accounts: readonly T[]): T[] {
  return accounts.filter(({ banned, status }) => status === 'VALID' && !banned)
}

/** People with good and hostile values mixed, each with an identity of their own. */
export const anyPeople: fc.Arbitrary<Account[]> = fc
  .array(
    fc.record({
      login: fc.oneof(
        fc.stringMatching(/^[A-Za-z0-9_][A-Za-z0-9._-]{0,31}$/),
        fc.constantFrom(...logins.map(({ login }) => login)),
        fc.string({ unit: 'binary' }),
      ),
      uid: fc.oneof(
        { weight: 5, arbitrary: fc.integer({ min: 1000, max: 1100 }) },
        { weight: 1, arbitrary: fc.constantFrom(0, 999, -1, 65534, 1.5, 2 ** 32, '1000') },
      ),
      displayName: fc.oneof(
        fc.constantFrom(...names.map(({ text }) => text)),
        fc.string({ unit: 'binary' }),
        fc.string({ unit: 'grapheme' }),
      ),
      shell: fc.oneof(
        fc.constantFrom('/bin/bash', '/bin/zsh'),
        fc.constantFrom('bash', '/bin/sh -c id', '/bin/../x', '/bin/sh:x', '/bin/sh\n'),
      ),
      status: fc.constantFrom('VALID' as const, 'EXPIRED' as const),
      banned: fc.boolean(),
    }),
    { maxLength: 30 },
  )
  .map((people) =>
    people.map(({ login, uid, displayName, shell, status, banned }, index) =>
      person(
        `p${index}`,
        { 'user.login': login, 'user-facility.uid': uid, 'user.displayName': displayName, 'user.shell': shell },
        { status, banned },
      ),
    ),
  )

/** `anyPeople`, each with values of further attributes too. */
export function peopleWith(more: Readonly<Record<string, fc.Arbitrary<JsonValue>>>): fc.Arbitrary<Account[]> {
  return anyPeople.chain((people) =>
    fc
      .tuple(...people.map(() => fc.record(more)))
      .map((values) => people.map((one, index) => ({ ...one, attributes: { ...one.attributes, ...values[index] } }))),
  )
}

/** Lists of principals, good and hostile ones mixed, of which several people may hold the same. */
export const anyPrincipals: fc.Arbitrary<JsonValue> = fc.oneof(
  { weight: 9, arbitrary: fc.array(fc.oneof(anyPrincipal(), fc.constantFrom(...hostilePrincipals)), { maxLength: 4 }) },
  { weight: 1, arbitrary: fc.constantFrom(...hostilePrincipals) },
)

function anyPrincipal(): fc.Arbitrary<string> {
  const name = fc.stringMatching(/^[A-Za-z0-9_][A-Za-z0-9._+-]{0,4}$/)
  const instance = fc.constantFrom('', '/admin', '/host.example.org')
  return fc
    .tuple(fc.constantFrom('', 'nfs/'), name, instance, fc.constantFrom('EXAMPLE.ORG', 'other.org'))
    .map(([prefix, first, second, realm]) => `${prefix}${first}${prefix === '' ? second : ''}@${realm}`)
}

/** Those of a person's principals that are none of the hostile ones. */
export function goodPrincipals({ attributes }: Account): string[] {
  const value = attributes['user.kerberosPrincipals']
  const list: readonly JsonValue[] = Array.isArray(value) ? value : []
  return [...new Set(list.filter((one) => typeof one === 'string' && !hostilePrincipals.includes(one)).map(String))]
}

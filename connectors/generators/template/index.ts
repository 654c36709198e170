import type { JsonObject, JsonValue } from '../../../core/model/json.ts'
import { isOneLine } from '../../../core/model/one-line.ts'
import { requireSafeFileNames } from '../../file-names.ts'
import type { Account, Generator, GeneratorInput, Output } from '../../generator.ts'
import { renderTemplate } from '../../templates.ts'
import { isActive, personOf } from '../../unix-accounts.ts'

/** Makes the files of a `template:` service from its Liquid templates. */
export const generator: Generator = {
  ...{ name: 'template', carriesStatus: false, tellsServiceAccounts: true },
  ...{ requires: [], uses: [], generate },
}

const unsafe = 'an attribute holds a line break, a control character or a direction mark'

async function* generate(input: GeneratorInput): AsyncIterable<Output> {
  const files = Object.keys(input.templates).sort()
  requireSafeFileNames(files)
  const users: JsonObject[] = []
  for await (const accounts of input.accounts()) {
    for (const account of accounts.filter(isActive)) {
      if (isSafe(account)) users.push(view(account))
      else yield { kind: 'left-out', user: personOf(account), reason: unsafe }
    }
  }
  const scope = {
    facility: input.facility,
    service: input.service,
    options: input.options,
    attributes: input.attributes ?? {},
    hosts: (input.hosts ?? []).map(({ name, attributes }) => ({ name, attributes })),
    users,
    resources: await collectResources(input),
    groups: await collectGroups(input),
  }
  for (const file of files) {
    const text = await renderTemplate({ name: file, text: input.templates[file] ?? '' }, scope)
    yield { kind: 'file', file, text }
  }
}

async function collectResources(input: GeneratorInput): Promise<JsonObject[]> {
  const members = input.resources.map((): JsonObject[] => [])
  for await (const batch of input.members()) {
    for (const { resource, account } of batch)
      if (isActive(account) && isSafe(account)) members[resource]?.push(view(account))
  }
  return input.resources.map(({ vo, name, capabilities, attributes, groups = [] }, index) => ({
    ...{ vo, name, capabilities, attributes },
    groups: groups.map((group) => ({ ...group })),
    members: members[index] ?? [],
  }))
}

async function collectGroups(input: GeneratorInput): Promise<JsonObject[]> {
  const members = input.groups.map((): JsonObject[] => [])
  for await (const batch of input.groupMembers()) {
    for (const { group, account } of batch)
      if (isActive(account) && isSafe(account)) members[group]?.push(view(account))
  }
  return input.groups.map(({ vo, name, attributes }, index) => ({
    vo,
    name,
    attributes,
    members: members[index] ?? [],
  }))
}

function view(account: Account): JsonObject {
  return {
    user: personOf(account),
    identities: account.identities,
    serviceAccount: account.serviceAccount !== undefined,
    status: account.status,
    attributes: account.attributes,
  }
}

/** A template does not know which of its outputs are lines, so nothing that ends a line gets that far. */
function isSafe(account: Account): boolean {
  return account.identities.every(isOneLine) && isSafeValue(account.attributes)
}

function isSafeValue(value: JsonValue): boolean {
  if (typeof value === 'string') return isOneLine(value)
  if (typeof value !== 'object' || value === null) return true
  return Object.entries(value).every(([key, inner]) => isOneLine(key) && isSafeValue(inner))
}

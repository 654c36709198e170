import stableStringify from 'fast-json-stable-stringify'
import type { JsonObject } from '../../../core/model/json.ts'
import type { Account, Generator, GeneratorInput, GroupView, Output, ResourceView } from '../../generator.ts'
import { membersByGroup } from '../../members-by-group.ts'
import { batchSize } from '../../text-batches.ts'
import { personOf } from '../../unix-accounts.ts'
import { visible } from '../../visible-json.ts'

/** Makes `<service>.json`: every resource with its members and the attributes the service requires, one member a line. */
export const generator: Generator = {
  name: 'json',
  carriesStatus: true,
  tellsServiceAccounts: true,
  requires: [],
  uses: [],
  generate,
}

async function* generate(input: GeneratorInput): AsyncIterable<Output> {
  const file = `${input.service}.json`
  const head = `{\n  "facility": ${JSON.stringify(input.facility)},\n  "service": ${JSON.stringify(input.service)},\n  "generation": `
  yield { kind: 'text', file, text: head }
  yield { kind: 'generation', file }
  let batch = `${aboutFacility(input)},\n  "resources": [`
  const writer = resourceWriter(input.resources)
  for await (const members of input.members()) {
    for (const { resource, account } of members) {
      // The shape has no place for a ban, and a status alone would let a banned person in.
      if (!account.banned) batch += writer.member(resource, account)
    }
    if (batch.length < batchSize) continue
    yield { kind: 'text', file, text: batch }
    batch = ''
  }
  yield { kind: 'text', file, text: `${batch}${writer.end()}\n  ]` }
  if (input.options['groups'] === true) yield* groupsWithMembers(input, file)
  yield { kind: 'text', file, text: '\n}\n' }
}

/** The groups assigned here, each on a line with who is in it. */
async function* groupsWithMembers(input: GeneratorInput, file: string): AsyncIterable<Output> {
  const pick = (account: Account): string | undefined => (account.banned ? undefined : personOf(account))
  let before = ',\n  "groups": ['
  for await (const { group, members } of membersByGroup(input, pick)) {
    const view = input.groups[group]
    if (view === undefined) continue
    yield { kind: 'text', file, text: `${before}\n    ${visible(groupText(view, members))}` }
    before = ','
  }
  yield { kind: 'text', file, text: input.groups.length === 0 ? `${before}]` : '\n  ]' }
}

interface ResourceWriter {
  /** What is to be written for this member, with the resources before it. */
  member(resource: number, account: Account): string
  end(): string
}

function resourceWriter(resources: readonly ResourceView[]): ResourceWriter {
  let opened = 0
  let hasMembers = false
  const openUntil = (count: number): string => {
    let text = ''
    for (const resource of resources.slice(opened, count)) {
      text += `${opened === 0 ? '' : close(hasMembers)}${open(resource, opened === 0)}`
      opened += 1
      hasMembers = false
    }
    return text
  }
  return {
    member(resource, account) {
      const opening = openUntil(resource + 1)
      const comma = hasMembers ? ',' : ''
      hasMembers = true
      return `${opening}${comma}\n      ${memberLine(account)}`
    },
    end: () => `${openUntil(resources.length)}${opened === 0 ? '' : close(hasMembers)}`,
  }
}

function open({ vo, name, capabilities, attributes, groups = [] }: ResourceView, isFirst: boolean): string {
  const listed = visible(JSON.stringify([...capabilities].sort()))
  const more = [
    ...(Object.keys(attributes).length === 0 ? [] : [`"attributes": {${attributesText(attributes)}}`]),
    ...(groups.length === 0 ? [] : [`"groups": [${groups.map((group) => groupText(group)).join(', ')}]`]),
  ].map((part) => `${visible(part)}, `)
  return `${isFirst ? '' : ','}\n    {"vo": ${JSON.stringify(vo)}, "name": ${JSON.stringify(name)}, "capabilities": ${listed}, ${more.join('')}"members": [`
}

function groupText({ vo, name, attributes }: GroupView, members?: readonly string[]): string {
  const more = members === undefined ? '' : `, "members": ${JSON.stringify(members)}`
  return `{"vo": ${JSON.stringify(vo)}, "name": ${JSON.stringify(name)}, "attributes": {${attributesText(attributes)}}${more}}`
}

/** Only where the service names such attributes. */
function aboutFacility({ attributes = {}, hosts = [] }: GeneratorInput): string {
  const hostsText = hosts.map(
    (host) => `{"name": ${JSON.stringify(host.name)}, "attributes": {${attributesText(host.attributes)}}}`,
  )
  const parts = [
    ...(Object.keys(attributes).length === 0 ? [] : [`,\n  "attributes": {${attributesText(attributes)}}`]),
    ...(hosts.length === 0 ? [] : [`,\n  "hosts": [${hostsText.join(', ')}]`]),
  ]
  return parts.map(visible).join('')
}

function close(hasMembers: boolean): string {
  return hasMembers ? '\n    ]}' : ']}'
}

function memberLine({ identities, serviceAccount, status, attributes }: Account): string {
  const named = identities.map((identity) => JSON.stringify(identity)).join(', ')
  return visible(
    `{"identities": [${named}], ${answeredFor(serviceAccount)}"status": "${status}", "attributes": {${attributesText(attributes)}}}`,
  )
}

/** People have none of these keys. */
function answeredFor(account: Account['serviceAccount']): string {
  if (account === undefined) return ''
  const owners = account.owners.map((owner) => JSON.stringify(owner)).join(', ')
  return `"serviceAccount": true, "owners": [${owners}], "purpose": ${JSON.stringify(account.purpose)}, `
}

function attributesText(attributes: JsonObject): string {
  let text = ''
  for (const name of Object.keys(attributes).sort()) {
    const value = attributes[name] ?? null
    text += `${text === '' ? '' : ', '}${JSON.stringify(name)}: ${typeof value === 'object' ? stableStringify(value) : JSON.stringify(value)}`
  }
  return text
}

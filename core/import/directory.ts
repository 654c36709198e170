import type { AttributeSpec, Member } from '../../schemas/generated/config.ts'
import { isLogin } from '../config/built-in-attributes.ts'
import type { ConfigDocument } from '../config/document.ts'
import { userOf } from '../config/references.ts'
import { compareText } from '../model/compare.ts'
import { groupBy } from '../model/group-by.ts'
import type { JsonObject, JsonValue } from '../model/json.ts'
import { documentOf, fileFor } from './document.ts'
import { fittingName, noNames } from './fitting-names.ts'
import type { GroupDraft } from './group-tree.ts'
import type { ImportedFile } from './imported.ts'

/** A person, with values by the name after the dot. */
export interface ImportedPerson {
  /** The first is the person's name in every output. */
  readonly identities: readonly string[]
  readonly attributes: Readonly<Record<string, JsonValue>>
}

/** A VO, with its members and groups. */
export interface ImportedVo {
  readonly name: string
  readonly title?: string
  readonly managers?: readonly string[]
  readonly members: readonly Member[]
  readonly groups: readonly GroupDraft[]
  /** Values by the name after the dot. */
  readonly attributes?: Readonly<Record<string, JsonValue>>
}

/** People, and the VOs that they are in. */
interface Directory {
  readonly instance: string
  readonly sources: readonly string[]
  /** Definitions by full name. */
  readonly attributes: ReadonlyMap<string, AttributeSpec>
  readonly people: readonly ImportedPerson[]
  readonly vos: readonly ImportedVo[]
}

/** Makes the files of a configuration with these people and VOs. */
export function directoryFiles({ instance, sources, attributes, people, vos }: Directory): ImportedFile[] {
  const common: ConfigDocument[] = [
    documentOf('Instance', { name: instance }, { trust: { signatures: 'none' } }),
    ...sources.map((name) => documentOf('Source', { name }, { type: 'declared' })),
    ...[...attributes].map(([name, spec]) => documentOf('Attribute', { name }, spec)),
  ]
  const users = userDocuments(people)
  return [
    { path: 'instance.yaml', documents: common },
    ...(users.length > 0 ? [{ path: 'people.yaml', documents: users }] : []),
    ...vos.flatMap(voFiles),
  ]
}

/** People of whom nothing but their one identity is known need no document. */
function userDocuments(people: readonly ImportedPerson[]): ConfigDocument[] {
  const names = noNames()
  const sorted = [...people].sort((one, other) => compareText(one.identities[0] ?? '', other.identities[0] ?? ''))
  return sorted
    .filter(({ identities, attributes }) => identities.length > 1 || Object.keys(attributes).length > 0)
    .map(({ identities, attributes }) => {
      const [first = ''] = identities
      const name = fittingName(first.slice(first.indexOf('/') + 1), names)
      const hasValues = Object.keys(attributes).length > 0
      return documentOf('User', { name }, { identities: [...identities], ...(hasValues && { attributes }) })
    })
}

function voFiles({ name, title, managers = [], members, groups, attributes }: ImportedVo): ImportedFile[] {
  const vo = documentOf(
    'VO',
    { name, ...(title !== undefined && { title }) },
    {
      ...(managers.length > 0 && { managers: managers.map((user) => ({ user })) }),
      members: inOrder(members),
      ...(attributes !== undefined && { attributes }),
    },
  )
  const sorted = [...groups].sort((one, other) => compareText(one.name, other.name))
  const byTop = groupBy(sorted, (group) => group.name.split(':')[0] ?? '')
  return [
    { path: fileFor(name, 'vo'), documents: [vo] },
    ...[...byTop].map(([top, own]) => ({
      path: fileFor(`${name}/groups`, top),
      documents: own.map((group) => groupDocument(group, name)),
    })),
  ]
}

function groupDocument(group: GroupDraft, vo: string): ConfigDocument {
  const { name, title, description, members, managers, includes, attributes } = group
  return documentOf(
    'Group',
    { vo, name, ...(title !== undefined && { title }), ...(description !== undefined && { description }) },
    {
      ...(managers.length > 0 && { managers: managers.map((user) => ({ user })) }),
      members: inOrder([...members.values()]),
      ...(includes.length > 0 && { includes: [...includes] }),
      ...(attributes !== undefined && { attributes }),
    },
  )
}

function inOrder(members: readonly Member[]): Member[] {
  return [...members].sort((one, other) => compareText(userOf(one), userOf(other)))
}

/** A member, with the day that the membership ends on where it does. */
export function memberUntil(user: string, expires: string | undefined): Member {
  return expires === undefined || expires === '' ? user : { user, expires }
}

/** The same member with values by the name after the dot, where there are some. */
export function memberWith(member: Member, attributes: JsonObject | undefined): Member {
  if (attributes === undefined) return member
  return { ...(typeof member === 'string' ? { user: member } : member), attributes }
}

/** Gives `user.login` where a text may be one and nobody else has it, ignoring case. */
export function freeLogin(login: string, taken: Set<string>): string | undefined {
  if (!isLogin(login) || taken.has(login.toLowerCase())) return undefined
  taken.add(login.toLowerCase())
  return login
}

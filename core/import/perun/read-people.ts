import type { JsonValue } from '../../model/json.ts'
import { readKey } from '../../attributes/public-key.ts'
import { systemSource } from '../../config/references.ts'
import { isAddress } from '../../notifications/is-address.ts'
import { groupBy } from '../../model/group-by.ts'
import { freeLogin, type ImportedPerson } from '../directory.ts'
import { fittingName, noNames } from '../fitting-names.ts'
import { noteOfPlace, type Notes } from '../imported.ts'
import { lineFault } from '../input.ts'
import { loginFault } from '../logins.ts'
import { byId, inner, nameOf, numberIn, textIn, type Bean } from './beans.ts'

/** Beans that tell of people, wherever they came from. */
interface PeopleBeans {
  readonly users: readonly Bean[]
  readonly userExtSources: readonly Bean[]
  /** Attributes of users, by the id of the user. */
  readonly attributes: ReadonlyMap<number, readonly Bean[]>
  /** The namespace whose logins are `user.login`. */
  readonly namespace: string | undefined
}

interface PerunPerson extends ImportedPerson {
  /** Of the user. */
  readonly id: number
}

/** People, and how documents name them. */
export interface People {
  readonly people: readonly PerunPerson[]
  /** Names of sources, in the order in which they were met. */
  readonly sources: readonly string[]
  /** First identities by the id of the user. */
  readonly byUser: ReadonlyMap<number, string>
}

/** Where people come from of whom no external source is told. */
const ownSource = 'perun'

/** Makes people of users, with an identity for each external source; an identity belongs to whom it was told of first. */
export function readPeople(beans: PeopleBeans, notes: Notes): People {
  const users = byId(beans.users, notes)
  const extSources = groupBy([...byId(beans.userExtSources, notes).values()], (bean) => numberIn(bean, 'userId'))
  const reading: Reading = { notes, names: new Map(), given: noNames([systemSource, ownSource]), owned: new Map() }
  const byUser = new Map<number, string>()
  const taken = new Set<string>()
  const people = [...users].map(([id, user]) => {
    const own = (extSources.get(id) ?? []).flatMap((bean) => identityOf(bean, id, reading))
    const identities = own.length > 0 ? own : [`${ownSource}/${id}`]
    byUser.set(id, identities[0] ?? '')
    return {
      id,
      identities,
      attributes: attributesOf(user, beans.attributes.get(id) ?? [], { ...beans, notes, taken }),
    }
  })
  const isOwn = [...byUser.values()].some((identity) => identity.startsWith(`${ownSource}/`))
  return { people, byUser, sources: [...reading.names.values(), ...(isOwn ? [ownSource] : [])] }
}

interface Reading {
  readonly notes: Notes
  /** Names of sources by what they are called there. */
  readonly names: Map<string, string>
  readonly given: ReturnType<typeof noNames>
  /** Users by identity. */
  readonly owned: Map<string, number>
}

function identityOf(bean: Bean, user: number, { notes, names, given, owned }: Reading): string[] {
  const extSource = inner(bean, 'extSource')
  const source = extSource === undefined ? undefined : textIn(extSource, 'name', notes)
  const { login } = bean.value
  const leaveOut = (why: string): string[] => {
    notes.leftOut.push(noteOfPlace(bean, nameOf(bean), why))
    return []
  }
  if (source === undefined || typeof login !== 'string') return leaveOut('it lacks the name of its source, or a login')
  const fault = loginFault(login)
  if (fault !== undefined) return leaveOut(fault)
  const name = names.get(source) ?? fittingName(source.replace(/^https?:\/\//, ''), given)
  if (!names.has(source) && name !== source)
    notes.changed.push(noteOfPlace(bean, `source "${source}"`, `no source can be called so; its name is "${name}"`))
  names.set(source, name)
  const identity = `${name}/${login}`
  const owner = owned.get(identity) ?? user
  owned.set(identity, owner)
  if (owner !== user) return leaveOut(`${identity} is an identity of User ${owner} already`)
  return [identity]
}

interface Valuing {
  readonly namespace: string | undefined
  readonly notes: Notes
  /** Logins that somebody has. */
  readonly taken: Set<string>
}

function attributesOf(user: Bean, attributes: readonly Bean[], valuing: Valuing): Record<string, JsonValue> {
  const { namespace, notes, taken } = valuing
  const values = new Map(attributes.map((bean) => [attributeName(bean), bean]))
  const leaveOut = (bean: Bean, why: string) =>
    void notes.leftOut.push(noteOfPlace(bean, `${attributeName(bean)} of ${nameOf(user)}`, why))
  const text = (name: string, faultOf: (value: string) => string | undefined): string | undefined => {
    const bean = values.get(name)
    const value = bean?.value['value']
    if (bean === undefined || typeof value !== 'string' || value === '') return undefined
    const fault = lineFault(value) ?? faultOf(value)
    if (fault === undefined) return value
    leaveOut(bean, fault)
    return undefined
  }
  const addressFault = (value: string) => (isAddress(value) ? undefined : 'expected an e-mail address')
  const loginTaken = (value: string) =>
    freeLogin(value, taken) === undefined ? 'expected a login that nobody else has' : undefined
  const login = namespace === undefined ? undefined : text(`login-namespace:${namespace}`, loginTaken)
  const email = text('preferredMail', addressFault) ?? text('mail', addressFault)
  const displayName = displayNameOf(user, notes)
  const sshKeys = keysOf(values.get('sshPublicKey'), leaveOut)
  return {
    ...(login !== undefined && { login }),
    ...(displayName !== undefined && { displayName }),
    ...(email !== undefined && { email }),
    ...(sshKeys.length > 0 && { sshKeys }),
  }
}

function attributeName({ value: { friendlyName } }: Bean): string {
  return typeof friendlyName === 'string' ? friendlyName : ''
}

function displayNameOf(user: Bean, notes: Notes): string | undefined {
  const parts = ['titleBefore', 'firstName', 'middleName', 'lastName', 'titleAfter']
  const name = parts.flatMap((key) => textIn(user, key, notes)?.trim() ?? []).join(' ')
  return name === '' || lineFault(name) !== undefined ? undefined : name
}

function keysOf(bean: Bean | undefined, leaveOut: (bean: Bean, why: string) => void): string[] {
  const value = bean?.value['value']
  if (bean === undefined || !Array.isArray(value)) return []
  const keys = value.flatMap((item: JsonValue) => {
    const key = typeof item === 'string' ? readKey(item) : undefined
    if (key === undefined) leaveOut(bean, 'expected a public key, without options')
    return key ?? []
  })
  return [...new Set(keys)]
}

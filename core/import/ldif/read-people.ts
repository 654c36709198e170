import type { JsonValue } from '../../model/json.ts'
import { readKey } from '../../attributes/public-key.ts'
import { showValue } from '../../model/show-value.ts'
import { isAddress } from '../../notifications/is-address.ts'
import { freeLogin, type ImportedPerson } from '../directory.ts'
import { noteOfPlace, type Notes } from '../imported.ts'
import { lineFault } from '../input.ts'
import { loginFault } from '../logins.ts'
import { textsOf, valuesOf, type NamedEntry } from './entries.ts'

const personClasses = ['inetorgperson', 'organizationalperson', 'person', 'posixaccount', 'account', 'eduperson']

/** Tells whether an entry is a person. */
export function isPerson({ classes }: NamedEntry): boolean {
  return personClasses.some((name) => classes.has(name))
}

/** What is known of people by their entries. */
export interface People {
  readonly people: readonly ImportedPerson[]
  /** Identities by the key of the entry's name. */
  readonly byKey: ReadonlyMap<string, string>
  /** Identities by login in small letters, as `memberUid` names them. */
  readonly byLogin: ReadonlyMap<string, string>
  /** Identities by the number of their first group. */
  readonly byGid: ReadonlyMap<string, readonly string[]>
}

/** How people are named. */
interface Naming {
  readonly source: string
  /** The attribute with the login, in small letters. */
  readonly login: string
}

/** Makes people of entries; logins that differ in case alone are one person's, as directories compare them. */
export function readPeople(entries: readonly NamedEntry[], { source, login }: Naming, notes: Notes): People {
  const people: ImportedPerson[] = []
  const [byKey, byLogin, byGid] = [new Map<string, string>(), new Map<string, string>(), new Map<string, string[]>()]
  const taken: Taken = { logins: new Set(), numbers: new Set() }
  for (const named of entries) {
    const { entry, dn, key } = named
    const leaveOut = (why: string) => void notes.leftOut.push(noteOfPlace(entry, dn, why))
    const [own = '', ...more] = textsOf(entry, login)
    const fault = own === '' ? `no ${login} names the person` : loginFaultOf(own, byLogin)
    if (fault !== undefined) {
      leaveOut(fault)
      continue
    }
    const identity = `${source}/${own}`
    if (more.length > 0) leaveOut(`of several ${login} the first is taken, ${showValue(own)}`)
    people.push({ identities: [identity], attributes: readAttributes(named, { login: own, taken, notes }) })
    byKey.set(key, identity)
    byLogin.set(own.toLowerCase(), identity)
    const [gid] = textsOf(entry, 'gidnumber')
    if (gid !== undefined) groupWith(byGid, gid).push(identity)
  }
  return { people, byKey, byLogin, byGid }
}

function groupWith(byGid: Map<string, string[]>, gid: string): string[] {
  const known = byGid.get(gid) ?? []
  byGid.set(gid, known)
  return known
}

function loginFaultOf(login: string, byLogin: ReadonlyMap<string, string>): string | undefined {
  const other = byLogin.get(login.toLowerCase())
  return other === undefined ? loginFault(login) : `${other} is somebody else already`
}

interface Taken {
  readonly logins: Set<string>
  readonly numbers: Set<number>
}

interface Own {
  readonly login: string
  readonly taken: Taken
  readonly notes: Notes
}

function readAttributes({ entry, dn }: NamedEntry, { login, taken, notes }: Own): Record<string, JsonValue> {
  const tell = (name: string) => (line: number, why: string) =>
    void notes.leftOut.push(noteOfPlace({ ...entry, line }, `${name} of ${dn}`, why))
  const first = (name: string, faultOf: (text: string) => string | undefined): string | undefined => {
    for (const { value, line } of valuesOf(entry, name, tell(name))) {
      const fault = lineFault(value) ?? faultOf(value)
      if (fault === undefined) return value
      tell(name)(line, fault)
    }
    return undefined
  }
  const free = freeLogin(login, taken.logins)
  const displayName = first('displayname', noFault) ?? first('cn', noFault)
  const email = first('mail', (text) => (isAddress(text) ? undefined : `expected an address, got ${showValue(text)}`))
  const uid = first('uidnumber', (text) => numberFault(text, taken.numbers))
  const keys = valuesOf(entry, 'sshpublickey', tell('sshpublickey')).flatMap(({ value, line }) => {
    const key = readKey(value)
    if (key === undefined) tell('sshpublickey')(line, 'expected a public key, without options')
    return key ?? []
  })
  if (uid !== undefined) taken.numbers.add(Number(uid))
  return {
    ...(free !== undefined && { login: free }),
    ...(displayName !== undefined && { displayName }),
    ...(email !== undefined && { email }),
    ...(uid !== undefined && { uidNumber: Number(uid) }),
    ...(keys.length > 0 && { sshKeys: [...new Set(keys)] }),
  }
}

function noFault(): undefined {
  return undefined
}

function numberFault(text: string, taken: ReadonlySet<number>): string | undefined {
  if (!/^\d{1,10}$/.test(text)) return `expected a number, got ${showValue(text)}`
  return taken.has(Number(text)) ? `somebody else has the number ${text} already` : undefined
}

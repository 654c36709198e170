import { GuildhallError } from '../../../core/errors.ts'
import type { JsonObject } from '../../../core/model/json.ts'
import { formatDn, parseDn } from '../../ldap/dn.ts'
import { readHomes, type Homes } from '../../unix-homes.ts'

const groupClasses = ['posixGroup', 'groupOfNames', 'none'] as const

/** How the tree is laid out. */
export interface Layout {
  readonly people: Unit
  readonly groups: Unit
  /** The LDAP attribute that people are named by; one of `attributes`. */
  readonly naming: string
  /** LDAP attributes, each with the attribute of ours that its values come from, by name. */
  readonly attributes: readonly (readonly [ldap: string, attribute: string])[]
  readonly objectClasses: readonly string[]
  readonly groupClass: (typeof groupClasses)[number]
  /** The LDAP attribute that shows the status; without it nobody without access is shown. */
  readonly status: string | undefined
  readonly sshKeys: boolean
  readonly homes: Homes
}

interface Unit {
  readonly name: string
  readonly dn: string
}

/** What `attributes` are where the options do not say. */
const usual: JsonObject = { uid: 'user.login', cn: 'user.displayName', mail: 'user.email' }
/** What the generator itself writes, in small letters. */
const ours: ReadonlySet<string> = new Set(
  'objectclass uidnumber gidnumber homedirectory loginshell gecos sshpublickey userpassword memberof'.split(' '),
)

/** The attributes that people are shown by, as the options name them. */
export function readMapping({ attributes = usual }: JsonObject): Layout['attributes'] {
  if (typeof attributes !== 'object' || attributes === null) return []
  return Object.entries(attributes)
    .flatMap(([ldap, attribute]) => (typeof attribute === 'string' ? [[ldap, attribute] as const] : []))
    .sort(([one], [other]) => (one < other ? -1 : 1))
}

/** Reads the options. GENERATOR_OPTIONS_INVALID where the tree cannot be laid out so. */
export function readLayout(options: JsonObject): Layout {
  const base = readBase(options)
  const unit = (option: 'groups' | 'people'): Unit => {
    const name = textOption(options, option) ?? option
    return { name, dn: formatDn([[{ type: 'ou', value: name }], ...base]) }
  }
  const { groupClass = 'posixGroup', sshKeys, objectClasses = [] } = options
  const [people, groups] = [unit('people'), unit('groups')]
  if (people.dn.toLowerCase() === groups.dn.toLowerCase()) throw invalid('groups', 'another name than that of "people"')
  return {
    ...{ people, groups, ...readNames(options) },
    objectClasses: Array.isArray(objectClasses) ? objectClasses.filter((name) => typeof name === 'string') : [],
    groupClass: groupClasses.find((one) => one === groupClass) ?? 'posixGroup',
    sshKeys: sshKeys === true,
    homes: readHomes('ldap', options),
  }
}

function readBase(options: JsonObject): ReturnType<typeof parseDn> {
  const text = textOption(options, 'baseDn') ?? ''
  return parseDn(text, (problem) => invalid('baseDn', `a distinguished name such as "dc=example,dc=org"; ${problem}`))
}

/** No LDAP attribute may be written for two reasons, or for none. */
function readNames(options: JsonObject): Pick<Layout, 'attributes' | 'naming' | 'status'> {
  const attributes = readMapping(options)
  const naming = textOption(options, 'naming') ?? 'uid'
  const status = textOption(options, 'status')
  const taken = new Set(ours)
  for (const name of [...attributes.map(([ldap]) => ldap), ...(status === undefined ? [] : [status])]) {
    if (taken.has(name.toLowerCase())) {
      const option = name === status ? 'status' : 'attributes'
      throw invalid(option, `LDAP attributes that nothing else is written to; "${name}" is`)
    }
    taken.add(name.toLowerCase())
  }
  if (!attributes.some(([ldap]) => ldap === naming))
    throw invalid('naming', 'one of the LDAP attributes in "attributes"')
  return { attributes, naming, status }
}

function textOption(options: JsonObject, name: string): string | undefined {
  const value = options[name]
  return typeof value === 'string' ? value : undefined
}

function invalid(option: string, expected: string): GuildhallError {
  return new GuildhallError('GENERATOR_OPTIONS_INVALID', `Cannot generate ldap: option ${option} must be ${expected}`, {
    facts: { option },
  })
}

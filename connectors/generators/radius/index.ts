import { GuildhallError } from '../../../core/errors.ts'
import type { JsonObject } from '../../../core/model/json.ts'
import type { Account, Generator, GeneratorInput, Output } from '../../generator.ts'
import { writeLines } from '../../line-files.ts'
import { readUnique } from '../../unique-entries.ts'
import { isActive, personOf, readLogin } from '../../unix-accounts.ts'

const hashPattern = /^[0-9A-Fa-f]{32}$/
const realmPattern = /^[A-Za-z0-9]([A-Za-z0-9.-]{0,251}[A-Za-z0-9])?$/
const highestVlan = 4094
const refused = 'Auth-Type := Reject'

/** Makes `authorize`: whom FreeRADIUS lets in, with their VLAN, and whom it refuses. */
export const generator: Generator = {
  name: 'radius',
  carriesStatus: true,
  requires: ['user.login'],
  uses: ['user.ntPasswordHash', 'user-facility.vlan'],
  generate,
}

interface Options {
  /** What comes after the login. */
  readonly suffix: string
  readonly refusesOthers: boolean
}

/** What is checked of somebody, and what the answer says. */
interface Entry {
  readonly user: string
  readonly login: string
  readonly checks: readonly string[]
  readonly replies: readonly string[]
}

async function* generate(input: GeneratorInput): AsyncIterable<Output> {
  const { suffix, refusesOthers } = readOptions(input.options)
  const entries = yield* readUnique(input, {
    read: readEntry,
    keysOf: ({ login }) => [['login', login.toLowerCase()]],
    order: (one, other) => (one.login < other.login ? -1 : 1),
  })
  const kept = entries.map((entry) => ({ ...entry, login: entry.login + suffix }))
  const others = { login: 'DEFAULT', checks: [refused], replies: [] }
  yield* writeLines('authorize', refusesOthers ? [...kept, others] : kept, textOf)
}

/** As users(5) of FreeRADIUS says: what is checked on the line of the name, and what is replied on lines of its own. */
function textOf({ login, checks, replies }: Pick<Entry, 'login' | 'checks' | 'replies'>): string {
  const lines = [[login, checks.join(', ')].filter((part) => part !== '').join('\t')]
  const answer = replies.map((reply) => `\t${reply}`).join(',\n')
  return `${[...lines, ...(answer === '' ? [] : [answer])].join('\n')}\n`
}

function readEntry(account: Account): Entry | { readonly reason: string } {
  const read = readLogin(account)
  if ('reason' in read) return read
  // FreeRADIUS takes this name for everybody.
  if (read.login.toUpperCase() === 'DEFAULT') return { reason: 'user.login "DEFAULT" belongs to the RADIUS server' }
  const entry = { user: personOf(account), login: read.login }
  if (isActive(account)) {
    const items = readItems(account.attributes)
    return 'reason' in items ? items : { ...entry, ...items }
  }
  const message = account.banned ? 'Access is blocked' : 'The membership has expired'
  return { ...entry, checks: [refused], replies: [`Reply-Message = "${message}"`] }
}

function readItems(attributes: JsonObject): Pick<Entry, 'checks' | 'replies'> | { readonly reason: string } {
  const hash = attributes['user.ntPasswordHash'] ?? undefined
  const vlan = attributes['user-facility.vlan'] ?? undefined
  if (hash !== undefined && (typeof hash !== 'string' || !hashPattern.test(hash)))
    return { reason: 'user.ntPasswordHash is not 32 hexadecimal digits' }
  if (vlan !== undefined && !isVlan(vlan))
    return { reason: `user-facility.vlan is not a number from 1 to ${highestVlan}` }
  return {
    checks: hash === undefined ? [] : [`NT-Password := 0x${hash.toLowerCase()}`],
    replies:
      vlan === undefined
        ? []
        : ['Tunnel-Type = VLAN', 'Tunnel-Medium-Type = IEEE-802', `Tunnel-Private-Group-Id = "${vlan}"`],
  }
}

function isVlan(value: unknown): value is number {
  return Number.isInteger(value) && Number(value) >= 1 && Number(value) <= highestVlan
}

function readOptions({ realm, others = 'reject' }: JsonObject): Options {
  if (realm !== undefined && (typeof realm !== 'string' || !realmPattern.test(realm)))
    throw invalid('realm', 'the name of a realm, such as "example.org"')
  if (others !== 'reject' && others !== 'pass') throw invalid('others', '"reject" or "pass"')
  return { suffix: realm === undefined ? '' : `@${realm}`, refusesOthers: others === 'reject' }
}

function invalid(option: string, expected: string): GuildhallError {
  return new GuildhallError(
    'GENERATOR_OPTIONS_INVALID',
    `Cannot generate radius: option ${option} must be ${expected}`,
    { facts: { option } },
  )
}

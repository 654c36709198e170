import { randomUUID } from 'node:crypto'
import { GuildhallError } from '../../../core/errors.ts'
import type { Snapshot } from '../../destination.ts'
import type { LdapConnection } from '../../ldap/connection.ts'
import { textOf } from '../../ldap/utf8.ts'

/** What was delivered, or is being, as the directory itself remembers it. */
export interface Token {
  readonly facility: string
  readonly generation: number
  readonly hash: string
  readonly state: 'writing' | 'done'
  /** A new one each time the token is written. */
  readonly attempt: string
  /** The attributes that entries were given, and their object classes, in small letters: these are ours on entries with the mark. */
  readonly attributes: readonly string[]
  readonly classes: readonly string[]
}

/** The token with the value that holds it, by which it is exchanged. */
export interface StoredToken extends Token {
  readonly stored: string
}

/** What a token needs of a connection. */
export type TokenConnection = Pick<LdapConnection, 'changeAll' | 'readAll'>

/** Reads the token; undefined where nothing was delivered yet. DELIVERY_REFUSED where the entry is something else. */
export async function readToken(connection: TokenConnection, dn: string): Promise<StoredToken | undefined> {
  const [entry] = await connection.readAll([dn], [attribute])
  if (entry === undefined) return undefined
  const values = entry.attributes.flatMap((one) => (one.type.toLowerCase() === attribute ? one.values : []))
  for (const value of values) {
    const text = textOf(value) ?? ''
    const token = parse(text)
    if (isToken(token)) return { ...token, stored: text }
  }
  throw new GuildhallError(
    'DELIVERY_REFUSED',
    `Cannot read the entry ${JSON.stringify(dn)}: it is not a delivery's token any more; delete it to deliver anew`,
  )
}

/** The token of a snapshot, as one more attempt writes it. */
export function tokenOf(
  { facility, generation, hash }: Snapshot,
  { state, attributes, classes }: Pick<Token, 'attributes' | 'classes' | 'state'>,
): StoredToken {
  const sorted = { attributes: [...attributes].sort(), classes: [...classes].sort() }
  const token: Token = { facility, generation, hash, state, attempt: randomUUID(), ...sorted }
  return { ...token, stored: JSON.stringify(token) }
}

/** Puts a token in the place of the one that was read; false where somebody else did meanwhile. LdapFailure where it may not. */
export async function exchange(
  connection: TokenConnection,
  dn: string,
  { from, to }: { readonly from: StoredToken | undefined; readonly to: StoredToken },
): Promise<boolean> {
  const value = (token: StoredToken): string[] => [Buffer.from(token.stored).toString('latin1')]
  const [failure] =
    (await connection.changeAll([
      from === undefined
        ? { kind: 'add', dn, attributes: [objectClass, { name: attribute, values: value(to) }] }
        : {
            ...{ kind: 'modify', dn },
            steps: [
              { operation: 'delete', name: attribute, values: value(from) },
              { operation: 'add', name: attribute, values: value(to) },
            ],
          },
    ])) ?? []
  if (failure === undefined) return true
  const lost = from === undefined ? [entryAlreadyExists] : [noSuchAttribute, noSuchObject]
  if (failure.result !== undefined && lost.includes(failure.result)) return false
  throw failure
}

const attribute = 'description'
const objectClass = { name: 'objectClass', values: ['applicationProcess'] }
const [noSuchAttribute, noSuchObject, entryAlreadyExists] = [16, 32, 68]

function parse(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    return undefined
  }
}

function isToken(value: unknown): value is Token {
  if (typeof value !== 'object' || value === null) return false
  const { facility, generation, hash, state, attempt, attributes, classes }: Readonly<Record<string, unknown>> = {
    ...value,
  }
  const isNamed = typeof facility === 'string' && typeof hash === 'string' && typeof attempt === 'string'
  return isNamed && Number.isSafeInteger(generation) && isState(state) && isTexts(attributes) && isTexts(classes)
}

function isState(value: unknown): boolean {
  return value === 'writing' || value === 'done'
}

function isTexts(value: unknown): boolean {
  return Array.isArray(value) && value.every((one) => typeof one === 'string')
}

import { isLogin } from '../config/built-in-attributes.ts'
import type { IdentityRef } from '../model/state.ts'

/** What a login can be made from. */
export type LoginSource = 'displayName' | 'email' | 'identity'

/** What is known of a person who needs a login. */
export interface Named {
  readonly displayName: string | undefined
  readonly email: string | undefined
  /** The first identity. */
  readonly identity: IdentityRef
}

const longest = 32

/** Makes a login from the first of these sources that gives one: `Ada Lovelace` alovelace, `ada@example.org` and `idp/ada` ada. */
export function loginBase(person: Named, from: readonly LoginSource[]): string {
  const texts: Readonly<Record<LoginSource, string>> = {
    displayName: fromName(person.displayName ?? ''),
    email: (person.email ?? '').split('@')[0] ?? '',
    identity: person.identity.slice(person.identity.indexOf('/') + 1),
  }
  return from.map((source) => plain(texts[source])).find(isLogin) ?? 'user'
}

/** Finds the first login that nobody has or had: the base itself, or with the smallest number from 2 on behind it. */
export function firstFreeLogin(base: string, isTaken: (login: string) => boolean): string {
  let login = base
  for (let number = 2; isTaken(login); number += 1) {
    const behind = String(number)
    login = `${base.slice(0, longest - behind.length)}${behind}`
  }
  return login
}

/** The first letter of the first word and the last word. */
function fromName(name: string): string {
  const words = name.trim().split(/\s+/)
  return words.length > 1 ? `${words[0]?.charAt(0) ?? ''}${words.at(-1) ?? ''}` : (words[0] ?? '')
}

/** Small letters without marks, digits, `_`, `-` and `.` inside; it begins with a letter. */
function plain(text: string): string {
  return text
    .normalize('NFD')
    .toLowerCase()
    .replace(/[^a-z0-9._-]/g, '')
    .replace(/^[^a-z]+/, '')
    .slice(0, longest)
    .replace(/[._-]+$/, '')
}

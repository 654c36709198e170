import { isHolder, type Holder } from './holders.ts'
import type { IdentityRef } from '../model/state.ts'

/** What has a value, as people write it: `user-facility:hpc/idp/ada`. */
export interface HolderReference {
  readonly holder: Holder
  /** The names of what it is of, such as a VO and a group. */
  readonly names: readonly string[]
  /** Of values of people: whose, by any identity. */
  readonly user?: IdentityRef
}

interface Form {
  /** What the names are, in their order. */
  readonly names: readonly string[]
  readonly hasUser: boolean
}

const forms: Readonly<Record<Holder, Form>> = {
  user: { names: [], hasUser: true },
  identity: { names: [], hasUser: true },
  member: { names: ['vo'], hasUser: true },
  'user-facility': { names: ['facility'], hasUser: true },
  'member-resource': { names: ['vo', 'resource'], hasUser: true },
  'member-group': { names: ['vo', 'group'], hasUser: true },
  vo: { names: ['vo'], hasUser: false },
  group: { names: ['vo', 'group'], hasUser: false },
  resource: { names: ['vo', 'resource'], hasUser: false },
  facility: { names: ['facility'], hasUser: false },
  host: { names: ['facility', 'host'], hasUser: false },
  'group-resource': { names: ['vo', 'group', 'vo', 'resource'], hasUser: false },
}

/** No name and no identity holds one. */
const unprintable = /[\p{Cc}\p{Cs}]/u

/** Reads a holder, such as `user:idp/ada` or `member-group:astro/telescope/idp/ada`; undefined where it is none. */
export function parseHolder(text: string): HolderReference | undefined {
  const [holder, ...after] = text.split(':')
  if (holder === undefined || !isHolder(holder) || unprintable.test(text)) return undefined
  return after.length === 0 ? undefined : parseOf(holder, after.join(':'))
}

function parseOf(holder: Holder, text: string): HolderReference | undefined {
  const { names: wanted, hasUser } = forms[holder]
  const parts = text.split('/')
  const names = parts.slice(0, wanted.length)
  const user = parts.slice(wanted.length).join('/')
  if (names.length < wanted.length || names.includes('')) return undefined
  if (!hasUser) return user === '' && parts.length === wanted.length ? { holder, names } : undefined
  const slash = user.indexOf('/')
  return slash < 1 || slash === user.length - 1 ? undefined : { holder, names, user }
}

/** Writes a holder as `parseHolder` reads it. */
export function showHolder({ holder, names, user }: HolderReference): string {
  return `${holder}:${[...names, ...(user === undefined ? [] : [user])].join('/')}`
}

/** Says how a holder of this kind is written: `member:<vo>/<identity>`. */
export function holderForm(holder: Holder): string {
  const { names, hasUser } = forms[holder]
  const words = [...names, ...(hasUser ? ['identity'] : [])]
  return `${holder}:${words.map((word) => `<${word}>`).join('/')}`
}

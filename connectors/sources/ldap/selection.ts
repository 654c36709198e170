import { GuildhallError } from '../../../core/errors.ts'
import type { Search } from '../../ldap/connection.ts'
import { formatDn, parseDn } from '../../ldap/dn.ts'
import { parseFilter } from '../../ldap/filter.ts'
import type { LdapOptions } from './options.ts'
import type { Naming } from './record.ts'

/**
 * The search for the people selected: a filter in brackets selects among those of the source; anything else is a name below the
 * source's base, such as `ou=astro`, and stands in its place.
 */
export function searchFor(options: LdapOptions, select: string | undefined): Search {
  const { baseDn, scope, filter } = options
  const everybody = { base: baseDn, scope, filter, attributes: attributesOf(options) }
  if (select === undefined) return everybody
  // A space at the end may be part of a name, where a backslash says so.
  const text = select.replace(/^[ \t\r\n]+|(?<!\\)[ \t\r\n]+$/g, '')
  const refuse = (problem: string): GuildhallError => notUnderstood(select, problem)
  if (text.startsWith('('))
    return { ...everybody, filter: { kind: 'and', filters: [filter, parseFilter(text, refuse)] } }
  return { ...everybody, base: `${formatDn(parseDn(text, refuse))},${baseDn}` }
}

/** What records are to have, and what is asked for besides: by what groups know a person. */
export function askedFor({ attributes, groups }: LdapOptions): Naming {
  const wished = attributes.filter((name) => name.toLowerCase() !== 'dn')
  const needed = groups?.member === 'memberUid' ? ['uid'] : []
  const has = (name: string): boolean => wished.some((one) => one.toLowerCase() === name.toLowerCase())
  const isGiven = (name: string): boolean => has(name) || wished.includes('*')
  const withDn = attributes.some((name) => name === '*' || name.toLowerCase() === 'dn')
  return { wished, unwished: needed.filter((name) => !isGiven(name)), withDn }
}

function attributesOf(options: LdapOptions): readonly string[] {
  const { wished, unwished } = askedFor(options)
  const all = [...wished, ...unwished]
  return all.length > 0 ? all : ['1.1']
}

function notUnderstood(select: string, problem: string): GuildhallError {
  const message = `Cannot select ${JSON.stringify(select)} in a directory: it is neither a filter such as "(team=astro)" nor a name below the base such as "ou=astro", ${problem}`
  return new GuildhallError('SOURCE_REFUSED', message, { facts: { select } })
}

import {
  AndFilter,
  ApproximateFilter,
  EqualityFilter,
  ExtensibleFilter,
  GreaterThanEqualsFilter,
  LessThanEqualsFilter,
  NotFilter,
  OrFilter,
  PresenceFilter,
  SubstringFilter,
} from 'ldapts'
import type { Filter } from 'ldapts'
import type { LdapFilter } from './filter.ts'

/** The filter as ldapts sends it; its own parser takes the bytes of an escaped character for characters, so it is not used. */
export function encodeFilter(filter: LdapFilter): Filter {
  switch (filter.kind) {
    case 'and':
      return new AndFilter({ filters: filter.filters.map(encodeFilter) })
    case 'or':
      return new OrFilter({ filters: filter.filters.map(encodeFilter) })
    case 'not':
      return new NotFilter({ filter: encodeFilter(filter.filter) })
    default:
      return encodeItem(filter)
  }
}

function encodeItem(filter: Exclude<LdapFilter, { readonly kind: 'and' | 'or' | 'not' }>): Filter {
  switch (filter.kind) {
    case 'present':
      return new PresenceFilter({ attribute: filter.attribute })
    case 'equal':
      return new EqualityFilter({ attribute: filter.attribute, value: Buffer.from(filter.value) })
    case 'atLeast':
      return new GreaterThanEqualsFilter(filter)
    case 'atMost':
      return new LessThanEqualsFilter(filter)
    case 'like':
      return new ApproximateFilter(filter)
    case 'substrings':
      return new SubstringFilter({ ...filter, any: [...filter.any] })
    case 'rule':
      return new ExtensibleFilter({
        matchType: filter.attribute,
        rule: filter.rule,
        dnAttributes: filter.ofDn,
        value: filter.value,
      })
  }
}

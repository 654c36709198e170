/** What an attribute can belong to: a thing, a person, or a pair of them. */
export const holders = [
  ...(['vo', 'group', 'resource', 'facility', 'host', 'group-resource'] as const),
  ...(['user', 'member', 'user-facility', 'member-resource', 'member-group', 'identity'] as const),
] as const

/** One of the holders. */
export type Holder = (typeof holders)[number]

/** The holders whose values are about one person. */
const personal = ['user', 'member', 'user-facility', 'member-resource', 'member-group', 'identity'] as const

/** A holder whose values are about one person: they are state, where git does not give them. */
export type PersonalHolder = (typeof personal)[number]

/** Tells whether values of the holder are about one person. */
export function isPersonal(holder: string): holder is PersonalHolder {
  return personal.some((one) => one === holder)
}

/** Tells whether a text names a holder. */
export function isHolder(text: string): text is Holder {
  return holders.some((one) => one === text)
}

/** Where values of a holder lie, and so within what they can be unique. */
export const placesOf: Readonly<Record<Holder, readonly ('facility' | 'vo')[]>> = {
  ...{ vo: [], facility: [], user: [], identity: [] },
  ...{ group: ['vo'], member: ['vo'], 'member-group': ['vo'] },
  ...{ host: ['facility'], 'user-facility': ['facility'] },
  ...{
    resource: ['facility', 'vo'],
    'group-resource': ['facility', 'vo'],
    'member-resource': ['facility', 'vo'],
  },
}

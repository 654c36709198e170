/** A person's name at one source. */
export interface Identity {
  readonly source: string
  readonly login: string
}

/** A group, by its VO. */
export interface GroupName {
  readonly vo: string
  readonly name: string
}

/** Splits `<source>/<login>` at the first slash; undefined without one. */
export function parseIdentity(identity: string): Identity | undefined {
  const slash = identity.indexOf('/')
  if (slash < 1 || slash === identity.length - 1) return undefined
  return { source: identity.slice(0, slash), login: identity.slice(slash + 1) }
}

/** Reads a group reference: `a:b` of this VO, or `vo/a:b`; undefined where there is no VO to be of. */
export function parseGroup(reference: string, vo: string | undefined): GroupName | undefined {
  const slash = reference.indexOf('/')
  if (slash >= 0) return { vo: reference.slice(0, slash), name: reference.slice(slash + 1) }
  return vo === undefined ? undefined : { vo, name: reference }
}

/** Reads a resource reference `<vo>/<name>`; undefined when it is none. */
export function parseResource(reference: string): GroupName | undefined {
  const [vo, name, ...others] = reference.split('/')
  if (vo === undefined || vo === '' || name === undefined || name === '' || others.length > 0) return undefined
  return { vo, name }
}

/** Splits an attribute's full name at the first dot: `user.login` is holder `user`, name `login`. */
export function parseAttribute(name: string): { readonly holder: string; readonly name: string } {
  const dot = name.indexOf('.')
  return { holder: name.slice(0, dot), name: name.slice(dot + 1) }
}

/** Names the group that a group lies in: `a:b` for `a:b:c`; undefined for a group at the top. */
export function parentOf(group: string): string | undefined {
  const colon = group.lastIndexOf(':')
  return colon < 0 ? undefined : group.slice(0, colon)
}

/** Reads one entry of `members`: an identity, or a mapping with `user`. */
export function userOf(entry: string | { readonly user: string }): string {
  return typeof entry === 'string' ? entry : entry.user
}

/** The group that every VO has: all its members. */
export const membersGroup = 'members'

/** What stands before the slash where one of the system's own users acts, who may do everything. */
export const systemSource = 'local'

/** Tells the source of an identity: what stands before its first slash. */
export function sourceOf(identity: string): string {
  return identity.slice(0, identity.indexOf('/'))
}

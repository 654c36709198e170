/** A fully qualified attribute name of VOMS. */
export interface Fqan {
  /** Without what is `NULL`, and without the capability, which VOMS has given up. */
  readonly text: string
  /** Such as `/astro/telescope`. */
  readonly group: string
  /** The groups below the VO's, outermost first. */
  readonly path: readonly string[]
  readonly role: string | undefined
}

const form = /^((?:\/[^/=]+)+)(?:\/Role=([^/=]+))?(?:\/Capability=([^/=]+))?$/

/** Reads `/vo/group/Role=x/Capability=NULL`; undefined where it is something else. */
export function parseFqan(text: string): Fqan | undefined {
  const [, group, named] = form.exec(text) ?? []
  if (group === undefined) return undefined
  const role = named === 'NULL' ? undefined : named
  return { text: role === undefined ? group : `${group}/Role=${role}`, group, path: group.split('/').slice(2), role }
}

import type { ResourceSpec } from '../../schemas/generated/config.ts'

/** A group whose members have access to a resource. */
export interface Assignment {
  /** As written: a group of the resource's VO, or `vo/group`. */
  readonly group: string
  /** Whether each subgroup is assigned too. */
  readonly subgroups: boolean
}

/** Lists the groups assigned to a resource. */
export function assignments(resource: Pick<ResourceSpec, 'groups'>): Assignment[] {
  return (resource.groups ?? []).map((entry) =>
    typeof entry === 'string'
      ? { group: entry, subgroups: false }
      : { group: entry.group, subgroups: entry.subgroups ?? false },
  )
}

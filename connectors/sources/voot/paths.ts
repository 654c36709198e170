import type { JsonObject } from '../../../core/model/json.ts'

/** Where a provider has its lists. */
export interface VootPaths {
  readonly groups: string
  membersOf(group: string): string
}

/** The paths of the version of the protocol that the options name. */
export function pathsOf({ version, groups }: JsonObject): VootPaths {
  if (version === 1) return { groups: '/groups/@me', membersOf: (group) => `/people/@me/${encodeURIComponent(group)}` }
  return {
    groups: groups === 'mine' ? '/me/groups' : '/groups',
    membersOf: (group) => `/groups/${encodeURIComponent(group)}/members`,
  }
}

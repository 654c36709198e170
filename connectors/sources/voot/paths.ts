import { GuildhallError } from '../../../core/errors.ts'
import type { JsonObject } from '../../../core/model/json.ts'

/** Where a provider has its lists. */
export interface VootPaths {
  readonly groups: string
  /** Fails for a group whose id cannot be a part of a path. */
  membersOf(group: string): string
}

/** The paths of the version of the protocol that the options name. */
export function pathsOf({ version, groups }: JsonObject): VootPaths {
  if (version === 1) return { groups: '/groups/@me', membersOf: (group) => `/people/@me/${partOf(group)}` }
  return {
    groups: groups === 'mine' ? '/me/groups' : '/groups',
    membersOf: (group) => `/groups/${partOf(group)}/members`,
  }
}

/** Dots alone lead elsewhere, however they are written, and half characters can be written in no way. */
const noPart = /^\.{0,2}$|\p{Surrogate}/u

function partOf(group: string): string {
  if (!noPart.test(group)) return encodeURIComponent(group)
  throw new GuildhallError(
    'SOURCE_ANSWER_WRONG',
    `Cannot read the members of the group ${JSON.stringify(group.slice(0, 200))}: its id can be no part of a URL; give it another one there`,
    { facts: { group } },
  )
}

import type { MemberStatus } from '../model/state.ts'
import type { ApplicationKind } from './application.ts'

/** How whoever files an application stands to what they apply for. */
export interface FilingStanding {
  readonly kind: ApplicationKind
  readonly of: 'group' | 'vo'
  /** Of the VO member; undefined for who is none. */
  readonly member: MemberStatus | undefined
  /** Of the rows in the group; undefined for who has none. */
  readonly inGroup: 'EXPIRED' | 'VALID' | undefined
  /** Whether an application of the person for the VO is not decided yet. */
  readonly appliesForVo: boolean
  /** Whether one for the same VO or group and of the same kind is not decided yet. */
  readonly hasOpen: boolean
}

/** Why an application cannot be filed; stable words. */
export type FilingRefusal = 'already-applied' | 'already-member' | 'not-a-member' | 'vo-first'

/** What the filing of an application comes to. */
export type FilingVerdict =
  | {
      readonly allowed: true
      /** Whether it waits until the person is a member of the VO. */
      readonly waits: boolean
    }
  | { readonly allowed: false; readonly reason: FilingRefusal; readonly message: string }

/** Decides whether an application may be filed (design section 4, "coming back"); rules of extension and answers are asked beside it. */
export function decideFiling(standing: FilingStanding): FilingVerdict {
  const { hasOpen, kind } = standing
  if (hasOpen)
    return refused(
      'already-applied',
      'an application of theirs is not decided yet; show it with `guildhall application list`',
    )
  return standing.of === 'vo' ? decideForVo(kind, standing.member) : decideForGroup(standing)
}

function decideForVo(kind: ApplicationKind, member: MemberStatus | undefined): FilingVerdict {
  const isIn = member === 'VALID' || member === 'INVALID'
  if (kind === 'initial' && isIn)
    return refused('already-member', `they are a member already (${member}); file the extension form for more time`)
  if (kind === 'extension' && member === undefined)
    return refused('not-a-member', 'they are no member; file the initial form')
  return { allowed: true, waits: false }
}

function decideForGroup({ kind, member, inGroup, appliesForVo }: FilingStanding): FilingVerdict {
  if (kind === 'initial' && inGroup === 'VALID')
    return refused('already-member', 'they are in the group already; file the extension form for more time')
  if (kind === 'extension' && inGroup === undefined)
    return refused('not-a-member', 'they are not in the group; file the initial form')
  if (member === 'VALID' || member === 'INVALID') return { allowed: true, waits: false }
  if (appliesForVo) return { allowed: true, waits: true }
  return refused(
    'vo-first',
    member === undefined
      ? 'they are no member of the VO; apply to the VO first'
      : `their membership of the VO is over (${member}); apply to the VO first`,
  )
}

function refused(reason: FilingRefusal, message: string): FilingVerdict {
  return { allowed: false, reason, message }
}

import type { MemberStatus } from '../model/state.ts'

/** What decides the status of a VO member. */
export interface Gate {
  /** Undefined for somebody who becomes a member now. */
  readonly current: MemberStatus | undefined
  /** Attributes, a LoA or an acceptance of terms that the VO requires and the person lacks. */
  readonly lacksForVo: boolean
  /** Attributes that the services within reach require and the person lacks. */
  readonly lacksForServices: boolean
}

/** Tells the status of a VO member: only the VO's own requirements take VALID away, the services' keep a new member waiting. */
export function memberStatus({ current, lacksForVo, lacksForServices }: Gate): MemberStatus {
  if (current === 'EXPIRED' || current === 'DISABLED') return current
  if (lacksForVo) return 'INVALID'
  if (current === 'VALID') return 'VALID'
  return lacksForServices ? 'INVALID' : 'VALID'
}

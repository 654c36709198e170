import { GuildhallError } from '../../../core/errors.ts'
import type { GuardReason, Loss } from '../../../core/model/plan.ts'

/** Why a change goes over the guard's limit. */
export interface Excess {
  readonly reasons: readonly GuardReason[]
  readonly losses: readonly Loss[]
}

/** A change would take away more than the guard lets pass without an approval. */
export class OverLimitError extends GuildhallError {
  readonly excess: Excess

  constructor(what: string, excess: Excess) {
    const said = excess.reasons.map(({ message }) => message)
    super(
      'GUARD_LIMIT',
      `Cannot change ${what}: ${said.join('; ')}. Change fewer people at once, or let a commit do it, which can be approved`,
      { facts: { reasons: said, losses: excess.losses.length } },
    )
    this.excess = excess
  }
}

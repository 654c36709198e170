import type { Snapshot } from '../../destination.ts'
import { judgeGeneration, refusedSnapshot } from '../../fencing.ts'
import type { Directory } from './directory.ts'
import { exchange, readToken, tokenOf } from './token.ts'
import type { StoredToken, Token } from './token.ts'

/** In milliseconds: a process that was stopped for longer since it saw the token looks again before it writes. */
const freshMs = 1_000

/** The right to write, held by the token that we put there. */
export interface Fence {
  readonly isTaken: boolean
  /** Puts our token in the place of the one that was read; false where somebody else did meanwhile. */
  take(names: Pick<Token, 'attributes' | 'classes'>): Promise<boolean>
  /** Looks whether the token is still ours. FENCED where it is not. */
  requireHeld(): Promise<void>
  /** Whether it was seen only just now. */
  isFresh(): boolean
  /** Notes that everything is in place. FENCED where somebody else has taken over. */
  finish(names: Pick<Token, 'attributes' | 'classes'>): Promise<void>
}

/** The fence of a delivery that found this token. */
export function createFence(
  { connection, tokenDn }: Directory,
  snapshot: Snapshot,
  found: StoredToken | undefined,
): Fence {
  let ours: StoredToken | undefined
  let seenAt = -Infinity
  const fenced = async (): Promise<Error> => {
    judge(await readToken(connection, tokenDn), snapshot, tokenDn)
    return refusedSnapshot('FENCED', snapshot, 'another delivery of it has begun')
  }
  return {
    get isTaken() {
      return ours !== undefined
    },
    async take({ attributes, classes }) {
      const to = tokenOf(snapshot, {
        state: 'writing',
        attributes: [...new Set([...attributes, ...(found?.attributes ?? [])])],
        classes: [...new Set([...classes, ...(found?.classes ?? [])])],
      })
      if (!(await exchange(connection, tokenDn, { from: found, to }))) return false
      ours = to
      seenAt = performance.now()
      return true
    },
    async requireHeld() {
      const token = await readToken(connection, tokenDn)
      if (token === undefined || token.stored !== ours?.stored) throw await fenced()
      seenAt = performance.now()
    },
    isFresh: () => performance.now() - seenAt < freshMs,
    async finish(names) {
      const to = tokenOf(snapshot, { state: 'done', ...names })
      if (!(await exchange(connection, tokenDn, { from: ours, to }))) throw await fenced()
    },
  }
}

/** Whether a snapshot is news for the directory. FENCED, DELIVERY_REFUSED */
export function judge(token: Token | undefined, snapshot: Snapshot, tokenDn: string): 'news' | 'same' {
  return judgeGeneration(token, snapshot, {
    belongs: 'the directory has this service from facility',
    instead: 'give this destination another baseDn',
    reset: `delete the entry ${JSON.stringify(tokenDn)}`,
  })
}

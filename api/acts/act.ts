import type { Client } from '@temporalio/client'
import type * as storeModule from '../../store/index.ts'
import type { Pool } from '../../store/index.ts'

/** What acts work with, whether a command or a request asks for them. */
export interface ActContext {
  readonly pool: Pool
  readonly store: typeof storeModule
  readonly now: () => Date
  /** The system's own user, who acts where nobody else is named. */
  readonly userName: () => string
  /** Works with Temporal; STATE_UNREACHABLE where it is away. */
  readonly withTemporal: <T>(work: (client: Client) => Promise<T>) => Promise<T>
}

interface Described {
  /** What is typed after `guildhall`. */
  readonly command: string
  /** GET for what changes nothing. */
  readonly method: 'GET' | 'POST'
  /** Below `/api/v1`. */
  readonly path: string
  /** Its name in the OpenAPI document. */
  readonly id: string
  readonly summary: string
  /** JSON Schema of the body, or of what stands after `?`. */
  readonly input: object
  /** Name of the JSON Schema of the answer, a file in `schemas/api`. */
  readonly answer: string
  /** Who has a key needs no other right: such an act takes a key, and nothing else tells who acts. */
  readonly isByKey?: true
}

/** What a command and the request of the same name do: both call `run`, and say nothing of their own to it. */
export interface Act<Input, Answer = unknown> extends Described {
  /** Throws what stands in the way as an error with a code. */
  readonly run: (context: ActContext, input: Input) => Promise<Answer>
}

/** An act of whatever input: one that its own schema has checked. */
export interface AnyAct extends Described {
  // A method, whose parameter may be of another type in each act.
  run(context: ActContext, input: unknown): Promise<unknown>
}

import { GuildhallError } from '../../core/errors.ts'

/** What came of one of many requests. */
export type Attempt<Answer> = Answer | { readonly error: GuildhallError }

/** Lets one of many requests be refused without the others; what is no answer of ours is thrown. */
export async function attempt<Answer>(work: () => Promise<Answer>): Promise<Attempt<Answer>> {
  try {
    return await work()
  } catch (error) {
    if (error instanceof GuildhallError) return { error }
    throw error
  }
}
